"""Database calls in a thread, with patience for a database that is busy or away for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from digest.errors import DatabaseError

T = TypeVar("T")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0


class Patience:
    """Repeats a transaction that the database could not finish.

    Every call of the outbox is one transaction that can be repeated: a claim that was lost
    with the connection is taken over when its lease ends, and an answer is written under its
    token, so that it counts once.

    Args:
        seconds: for how long, all together.
    """

    def __init__(self, seconds: float = 120.0) -> None:
        self._seconds = seconds

    async def call(self, function: Callable[[], T]) -> T:
        """The function's result.

        Raises:
            DatabaseError: the database stayed away.
        """
        ends, pause = time.monotonic() + self._seconds, FIRST_PAUSE
        while True:
            try:
                return await asyncio.to_thread(function)
            except DBAPIError as error:
                if not _passing(error) or time.monotonic() + pause > ends:
                    reason = " ".join(str(error.orig).split())
                    raise DatabaseError(url="of the outbox", reason=reason) from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _passing(error: DBAPIError) -> bool:
    """Locked, full, restarting, disconnected: all of these may pass."""
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
