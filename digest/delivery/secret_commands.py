"""Commands that print a secret: their first line, and an end with all that they started."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SECONDS = 30.0

_running: set[int] = set()  # their process groups
_starting: set[object] = set()  # those whose group is not known yet
_held: list[int] = []  # signals that wait until it is


async def first_line(command: str) -> str:
    """The first line that a command prints; it runs without a shell.

    One that takes longer than `SECONDS`, or whose caller is cancelled, is killed with all
    processes of its group.

    Raises:
        ValueError: it gives none; says why.
    """
    try:
        with _being_started():
            process = await asyncio.create_subprocess_exec(
                *shlex.split(command), stdout=asyncio.subprocess.PIPE, start_new_session=True
            )
            _running.add(process.pid)
    except OSError as error:
        raise ValueError(str(error)) from None
    output = await _printed(process)
    lines = output.decode(errors="replace").splitlines()
    if process.returncode:
        raise ValueError(f"it ended with {process.returncode}")
    if not lines or not lines[0].strip():
        raise ValueError("it printed nothing in its first line")
    return lines[0].strip()


async def _printed(process: asyncio.subprocess.Process) -> bytes:
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await process.communicate()
    except (TimeoutError, asyncio.CancelledError) as error:
        _kill(process.pid)
        await process.wait()
        if isinstance(error, asyncio.CancelledError):
            raise
        raise ValueError(f"it did not end within {SECONDS:g} seconds") from None
    finally:
        _running.discard(process.pid)
    return output


@contextmanager
def _being_started() -> Iterator[None]:
    """A signal that ends us waits meanwhile: what it should end has no number yet."""
    this = object()
    _starting.add(this)
    try:
        yield
    finally:
        _starting.discard(this)
        for number in set(_held):
            os.kill(os.getpid(), number)


@contextmanager
def ending_with_us() -> Iterator[None]:
    """While it is open, a signal that ends this process ends the commands that it waits for."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end(number: int, _frame: FrameType | None) -> None:
        _held.append(number)  # first, since a command may be started by another thread
        if _starting:
            return
        _held.clear()
        for group in list(_running):
            _kill(group)
        signal.signal(number, before[signal.Signals(number)])
        os.kill(os.getpid(), number)

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it has ended, or is not ours to end
        os.killpg(group, signal.SIGKILL)
