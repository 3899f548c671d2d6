from __future__ import annotations

import asyncio
import importlib.util

from digest import loop


async def _kind() -> str:
    return type(asyncio.get_running_loop()).__module__


def test_commands_run_on_uvloop_where_it_is_installed() -> None:
    expected = "asyncio" if importlib.util.find_spec("uvloop") is None else "uvloop"
    assert loop.run(_kind()).startswith(expected)
