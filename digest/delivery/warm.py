"""The connections to one mail server that stand: at work, or warm and waiting for it."""

from __future__ import annotations

import asyncio
from collections import deque

from digest.delivery.connect import Server, connect
from digest.delivery.lanes import Job
from digest.delivery.pacing import Limits
from digest.delivery.smtp import Connection, Done

WATCH_SECONDS = 0.5


class WarmConnections:
    """Opens connections, watches their deadlines, and ends all of them in the end.

    Args:
        server: where to.
        limits: how long a connection lives, and how many messages it takes.
    """

    def __init__(self, server: Server, limits: Limits) -> None:
        self._server = server
        self._limits = limits
        self._idle: deque[Connection] = deque()
        self._busy: dict[Connection, Job] = {}
        self._watcher: asyncio.Task[None] | None = None
        self.ended = False  # for good: none is opened any more

    @property
    def idle(self) -> int:
        """How many wait for work."""
        return len(self._idle)

    @property
    def busy(self) -> int:
        """How many work on a message."""
        return len(self._busy)

    async def open(self) -> None:
        """One more that waits for work.

        Raises:
            MailerUnreachable, MailerRefused, PasswordUnusable: as `connect`.
        """
        connection = await connect(self._server, self._lost)
        if self.ended:  # Python 3.11 may not cancel what is ready in that moment
            connection.close()
            return
        self._idle.append(connection)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.get_running_loop().create_task(self._watch())

    def take(self) -> Connection:
        """The one that waits and worked last."""
        return self._idle.pop()

    def start(self, connection: Connection, job: Job, done: Done) -> None:
        """Sets one to work; who hears that it is `done` calls `finished`."""
        self._busy[connection] = job
        connection.submit(job.message, done)

    def finished(self, connection: Connection, alive: bool) -> Job:
        """What it worked on; it waits for more, or is closed where it served for long."""
        job = self._busy.pop(connection)
        if alive and self._fresh(connection):
            self._idle.append(connection)
        else:
            connection.close()
        return job

    def cut(self, job: Job) -> None:
        """Ends the connection that works on this, if one does."""
        for connection, current in list(self._busy.items()):
            if current is job:
                connection.abort("the delivery was cancelled")

    async def aclose(self) -> None:
        """Ends them all, and those that are still being opened as soon as they stand."""
        self.ended = True
        for connection in list(self._busy):
            connection.abort("the sender is ending")
        while self._idle:
            self._idle.popleft().close()
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)

    def _fresh(self, connection: Connection) -> bool:
        young = asyncio.get_running_loop().time() - connection.opened < self._limits.age
        return young and connection.sent < self._limits.messages

    def _lost(self, connection: Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)

    async def _watch(self) -> None:
        """Ends what is past its deadline, and what has had nothing to do for long."""
        loop = asyncio.get_running_loop()
        while self._busy or self._idle:
            await asyncio.sleep(WATCH_SECONDS)
            now = loop.time()
            for connection in [c for c in self._busy if c.deadline < now]:
                connection.abort("the server did not answer in time")
            while self._idle and now - self._idle[0].used > self._limits.idle:
                self._idle.popleft().close()
