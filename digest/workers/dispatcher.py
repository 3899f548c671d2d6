"""What the leader among several `digest run` hands out, while there are workers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from digest import logs
from digest.app import App
from digest.database import writing
from digest.errors import DatabaseError
from digest.workers import looking
from digest.workers.asking import ask_for
from digest.workers.leader import Leader
from digest.workers.wanted import Task, Wanted

LOOK = 1.0  # seconds between two looks at the lock, and at whether there are workers
#: Rows are looked at anew after so many looks for what is new, whoever wrote them when.
ALL_AFTER = 12


class Dispatcher:
    """One of the processes that can schedule.

    Attributes:
        leads: whether it is the one that does.
        shares: whether workers do the work, so that it is handed out.

    Args:
        app: the installation, on PostgreSQL.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._leader = Leader(app.engine)
        self._log = logs.get("schedule")
        self._seen = self._looks = 0
        self.shares = False

    @property
    def leads(self) -> bool:
        """Whether this process is the one that schedules."""
        return self._leader.leads

    async def keep(self) -> None:
        """Takes or confirms the lead once a second, until it is cancelled."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(LOOK)
        finally:
            self._leader.release()

    async def look(self) -> None:
        """Takes or confirms the lead; looks whether there are workers."""
        before, shared = self.leads, self.shares
        await asyncio.to_thread(self._leader.look)
        if self.leads != before:
            self._log.info("leads" if self.leads else "stands by")
        if self.leads:
            await asyncio.to_thread(self._look_for_workers)
        if self.shares != shared:
            self._log.info("hands out" if self.shares else "works alone")

    def _look_for_workers(self) -> None:
        try:
            with self._app.engine.connect() as connection:
                self.shares = looking.is_worked(connection)
        except DBAPIError:
            return  # the next look at the lock says more

    def pull(self, days: Iterable[tuple[str, date]]) -> bool:
        """Asks for a pull of these days; False once no pull waits or runs."""
        wanted = [[source, day.isoformat()] for source, day in days]
        asked = [Wanted(task=Task.PULL, arguments={"days": wanted})] if wanted else []
        with self._writing() as connection:
            ask_for(connection, asked)
            return looking.goes_on(connection, Task.PULL)

    def settle(self, *, plan: bool) -> None:
        """Asks for what is complete to be settled, and where wanted for plans afterwards."""
        self._ask(Wanted(task=Task.SETTLE, arguments={"plan": plan}))

    def bounces(self) -> None:
        """Asks for what came back to be read."""
        self._ask(Wanted(task=Task.BOUNCES))

    def deliver(self) -> None:
        """Asks for the shards of the outbox that are due and that no job stands for."""
        everything = self._looks % ALL_AFTER == 0
        self._looks += 1
        with self._writing() as connection:
            after = 0 if everything else self._seen
            self._seen = looking.newest_delivery(connection)
            ask_for(connection, looking.due_deliveries(connection, self._app.now(), after))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with writing(self._app.engine).begin() as connection:
                yield connection
        except DBAPIError as error:
            reason = " ".join(str(error.orig).split())
            raise DatabaseError(url=self._app.address, reason=reason) from error

    def _ask(self, wanted: Wanted) -> None:
        with self._writing() as connection:
            ask_for(connection, [wanted])
