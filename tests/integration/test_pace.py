from __future__ import annotations

import asyncio
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from digest.sources.pace import Pace
from tests.support import ROOT

pytestmark = pytest.mark.anyio

ASK = """
import asyncio, sys, time
from pathlib import Path
from digest.sources.pace import Pace

async def ask():
    pace = Pace(Path(sys.argv[1]), 0.2)
    for _ in range(3):
        async with pace:
            began = time.time()
            await asyncio.sleep(0.02)
            print(f"{began:.4f} {time.time():.4f}", flush=True)

asyncio.run(ask())
"""


def test_processes_keep_the_pause_among_each_other(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, str(tmp_path / "lock")]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)
    ]
    lines = [line for process in processes for line in process.communicate()[0].splitlines()]
    spans = sorted(tuple(map(float, line.split())) for line in lines)
    assert len(spans) == 6
    pauses = [later[0] - earlier[1] for earlier, later in pairwise(spans)]
    assert min(pauses) >= 0.199


async def test_one_is_inside_at_a_time(tmp_path: Path) -> None:
    pace, inside, most = Pace(tmp_path / "lock", 0), 0, 0

    async def ask() -> None:
        nonlocal inside, most
        async with pace:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(ask() for _ in range(5)))
    assert most == 1


async def test_a_failure_inside_lets_go(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "lock", 0)
    with pytest.raises(OSError, match="broken"):
        async with pace:
            raise OSError("broken")
    async with pace:
        pass


async def test_giving_up_while_waiting_lets_go(tmp_path: Path) -> None:
    holder, other = Pace(tmp_path / "lock", 0), Pace(tmp_path / "lock", 0)
    async with holder:
        waiting = asyncio.create_task(other.__aenter__())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with other:
        pass


async def test_a_clock_that_was_set_back_costs_one_pause_at_most(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("9999999999.0\n")
    pace = Pace(path, 0.01, clock=lambda: 1000.0)
    async with pace:
        assert pace.pause() == 0.01
