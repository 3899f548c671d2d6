"""Processes of an installation's own beside this one, each with a pipe between the two."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from digest import loop
from digest.app import App, make_app
from digest.settings import Settings

Answer = TypeVar("Answer")
#: What a child does: with its own installation, until it is done or the event is set.
Work = Callable[[App, asyncio.Event], Awaitable[Answer]]


class Child(Generic[Answer]):
    """A process that works, as its parent sees it.

    Args:
        settings: of its installation.
        work: found by its module and name in the new process, so a function of a module, or
            a `functools.partial` of one; its answer is pickled.
    """

    def __init__(self, settings: Settings, work: Work[Answer]) -> None:
        # A process that begins anew shares no connection, no lock and no thread with this one.
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_begin, args=(settings, work, theirs))
        self._process.start()
        theirs.close()

    @property
    def code(self) -> int | None:
        """How it ended; a negative one is the signal's number."""
        return self._process.exitcode

    async def answer(self, stop: asyncio.Event) -> Answer | None:
        """What it says at its end, None where it was killed; `stop` is passed on to it."""
        running, readable = asyncio.get_running_loop(), asyncio.Event()
        passing_on = asyncio.create_task(self._pass_on(stop))
        running.add_reader(self._pipe.fileno(), readable.set)
        try:
            await readable.wait()
        finally:
            running.remove_reader(self._pipe.fileno())
            passing_on.cancel()
        try:
            answer: Answer = self._pipe.recv()
        except (EOFError, OSError):
            await asyncio.to_thread(self._process.join)
            return None
        return answer

    def end(self) -> None:
        """Waits for it; without its pipe it ends by itself, what is under way gets its time."""
        self._pipe.close()
        self._process.join()

    async def _pass_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        with suppress(OSError):  # it has ended by itself
            self._pipe.send("stop")


def _begin(settings: Settings, work: Work[Answer], pipe: Connection) -> None:
    pipe.send(loop.run(_work(settings, work, pipe)))


async def _work(settings: Settings, work: Work[Answer], pipe: Connection) -> Answer:
    app = make_app(settings)
    try:
        return await work(app, _stopped_by(pipe))
    finally:
        app.close()


def _stopped_by(pipe: Connection) -> asyncio.Event:
    """Set when a signal comes, or when the parent says so or is gone."""
    stop, running = asyncio.Event(), asyncio.get_running_loop()

    def told() -> None:
        running.remove_reader(pipe.fileno())
        stop.set()

    running.add_reader(pipe.fileno(), told)
    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, stop.set)
    return stop
