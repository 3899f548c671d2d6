"""One request at a time and a pause after each, over all processes of an installation.

The lock is a file in the installation's folder: the system lets go of it when a process dies,
whatever the database is, and the pause is read from the time that is written in it. A row of
the database would need a lease for that, and a database that cannot be written would stop the
pulling. Several machines that share a PostgreSQL database have a folder each: only one of
them may pull from a source with such terms.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.errors import SourceUnreachable

POLL = 0.05  # seconds between two tries for a lock that another process holds


class Pace:
    """Used as `async with pace:` around each request.

    Args:
        path: of the lock file; it is made where it is not.
        interval: seconds from the end of a request to the beginning of the next.
        source: whose name errors bear.
        clock: seconds since the epoch: processes share no other clock.

    Raises:
        SourceUnreachable: on entering, where the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        interval: float,
        source: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._interval = interval
        self._source = source
        self._clock = clock
        self._file = -1
        self._here = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._here.acquire()
        try:
            self._file = self._open()
            await self._lock()
            await asyncio.sleep(self.pause())
        except BaseException:
            self._release()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            os.pwrite(self._file, f"{self._clock():020.6f}\n".encode(), 0)
        finally:
            self._release()

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise SourceUnreachable(
                source=self._source, url=self._path, reason=error.strerror
            ) from None

    async def _lock(self) -> None:
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(POLL)
            else:
                return

    def pause(self) -> float:
        """Seconds that are still to wait; never more than the interval, if a clock was set."""
        try:
            last = float(os.pread(self._file, 64, 0))
        except ValueError:
            return 0.0  # nobody has asked yet
        return min(self._interval, max(0.0, last + self._interval - self._clock()))

    def _release(self) -> None:
        if self._file >= 0:
            os.close(self._file)  # which lets go of the lock
            self._file = -1
        self._here.release()
