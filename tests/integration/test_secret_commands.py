"""A command that prints a secret and hangs: it ends, and so does all that it started."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digest.delivery import secret_commands

pytestmark = pytest.mark.anyio

WAITING = """if True:
    import asyncio
    from digest.delivery.secret_commands import ending_with_us, first_line
    with ending_with_us():
        asyncio.run(asyncio.to_thread(lambda: asyncio.run(first_line({command!r}))))
"""

#: The same with a signal that comes when the command runs and its number is not known.
INTERRUPTED = """if True:
    import asyncio, os
    start = asyncio.create_subprocess_exec
    async def slowly(*command, **options):
        process = await start(*command, **options)
        os.kill(os.getpid(), {ended_by:d})
        await asyncio.sleep(0.5)
        return process
    asyncio.create_subprocess_exec = slowly
"""


def hanging(file: Path) -> str:
    """A command that waits for a child, whose number it writes."""
    return f"sh -c 'sleep 300 & echo $! > {file}; wait'"


async def test_a_command_that_hangs_is_killed_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(secret_commands, "SECONDS", 1.0)
    with pytest.raises(ValueError, match="did not end within 1 seconds"):
        await secret_commands.first_line(hanging(tmp_path / "pid"))
    await asyncio.to_thread(wait_for_its_end, tmp_path / "pid")


async def test_so_is_one_whose_caller_gives_up(tmp_path: Path) -> None:
    waiting = asyncio.create_task(secret_commands.first_line(hanging(tmp_path / "pid")))
    await asyncio.to_thread(number, tmp_path / "pid")
    waiting.cancel()
    await asyncio.to_thread(wait_for_its_end, tmp_path / "pid")


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_and_one_of_a_process_that_is_ended(tmp_path: Path, ended_by: signal.Signals) -> None:
    program = WAITING.format(command=hanging(tmp_path / "pid"))
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    number(tmp_path / "pid")
    process.send_signal(ended_by)
    assert process.wait(20) == -ended_by
    wait_for_its_end(tmp_path / "pid")


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_and_one_that_is_just_being_started(tmp_path: Path, ended_by: signal.Signals) -> None:
    program = INTERRUPTED.format(ended_by=ended_by) + WAITING.format(
        command=hanging(tmp_path / "pid")
    )
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    assert process.wait(20) == -ended_by
    wait_for_its_end(tmp_path / "pid")


def number(file: Path) -> str:
    """What the command has written, once it has."""
    while not (file.exists() and file.read_text().strip()):
        time.sleep(0.05)
    return file.read_text().strip()


def wait_for_its_end(file: Path) -> None:
    """Until the process is gone, or a zombie that nobody has asked for."""
    status = Path(f"/proc/{number(file)}/stat")
    while status.exists() and status.read_text().rpartition(")")[2].split()[0] not in "ZX":
        time.sleep(0.05)
