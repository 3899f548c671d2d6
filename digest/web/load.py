"""Work that costs processor time: a few at a time, in threads, so that no page waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from digest.web.errors import Busy

P = ParamSpec("P")
R = TypeVar("R")


class Cpu:
    """Runs at most `at_once` pieces of work, and refuses when too many wait already.

    Args:
        at_once: more would slow each other down.
        waiting: so many may stand in the queue.
    """

    def __init__(self, at_once: int = 2, waiting: int = 32) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._most = waiting
        self._waiting = 0

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The work's result.

        Raises:
            Busy: too much is asked for at once.
        """
        if self._waiting >= self._most:
            raise Busy
        self._waiting += 1
        try:
            async with self._places:
                return await asyncio.to_thread(work, *args, **kwargs)
        finally:
            self._waiting -= 1
