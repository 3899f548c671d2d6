"""What each job does: the same calls that `digest run` makes where it works alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import procrastinate

from digest import logs
from digest.app import App
from digest.database import writing
from digest.delivery import Report
from digest.publish import readers
from digest.publish.part import Part
from digest.workers.asking import ask_for
from digest.workers.looking import due_readers
from digest.workers.outbox import SharedOutbox
from digest.workers.queue import RETRY
from digest.workers.wanted import DELIVERIES, READERS, Queue, Task, deliver, ids_of

#: A shard that takes longer goes back to the end of the queue: others wait behind it.
LONGEST = 60.0  # seconds
#: A mail server that refused or was not reached is left alone for so long.
REST = timedelta(seconds=60)


class Office:
    """The jobs of one worker.

    Args:
        app: the installation; its outbox becomes one whose deliveries come with their jobs.
        stop: once set, what is under way is handed back.
    """

    def __init__(self, app: App, stop: asyncio.Event) -> None:
        if not isinstance(app.outbox, SharedOutbox):
            lease, hashed = app.outbox.lease, app.ring.address_hash
            app.outbox = SharedOutbox(app.engine, lease, address_hash=hashed)
        self._app = app
        self._stop = stop
        self._planning = asyncio.Lock()
        self._log = logs.get("workers")

    def register(self, queue: procrastinate.App) -> None:
        """Makes the jobs known to Procrastinate."""
        jobs: dict[Task, Callable[..., Coroutine[Any, Any, None]]] = {
            Task.PULL: self.pull,
            Task.SETTLE: self.settle,
            Task.PLAN: self.plan,
            Task.WEEKLY: self.weekly,
            Task.BOUNCES: self.bounces,
        }
        for name, job in jobs.items():
            queue.task(name=str(name), queue=Queue.OFFICE, retry=RETRY)(job)
        queue.task(name=str(Task.DELIVER), queue=Queue.MAIL, retry=RETRY)(self.deliver)

    async def pull(self, days: Sequence[tuple[str, str]]) -> None:
        """Asks sources for days: each a source's name and a date."""
        wanted = [(source, date.fromisoformat(day)) for source, day in days]
        for answer in await self._app.pull_days(wanted):
            told = self._log.warning if answer.failed else self._log.info
            told("pulled", source=answer.source, day=str(answer.date), state=answer.state,
                 papers=answer.papers, new=answer.new, reason=answer.reason)  # fmt: skip

    async def settle(self, *, plan: bool) -> None:
        """Closes the editions whose time has come, and asks for plans for who is due."""
        await asyncio.to_thread(self._settle, plan=plan)

    async def plan(self, shard: int) -> None:
        """Selects and plans for those of a shard of readers who are due."""
        await self._planned(shard, weekly=False)

    async def weekly(self, shard: int) -> None:
        """The same for readers of a weekly digest, which is chosen from a week's papers."""
        await self._planned(shard, weekly=True)

    async def deliver(self, shard: int) -> None:
        """Sends what is due of a shard of the outbox; asks for itself again for what is left."""
        between = ids_of(shard, DELIVERIES)
        async with self._limited() as until:
            report = await self._app.deliver(stop=until, between=between)
            cut_short = until.is_set()
        if report.counts or report.skipped or report.reason:
            self._log.info("delivered", shard=shard, report=str(report))
        await asyncio.to_thread(self._follow_up, shard, report, cut_short=cut_short)

    async def bounces(self) -> None:
        """Reads what came back, where a mailbox for it is set."""
        effects = await asyncio.to_thread(self._app.read_bounces)
        if effects:
            self._log.info("bounces read", **{str(effect): n for effect, n in effects.items()})

    def _settle(self, *, plan: bool) -> None:
        app = self._app
        for ended in app.settle():
            self._log.info("edition ended", source=ended.source, day=str(ended.date),
                           state=ended.state)  # fmt: skip
        if plan:
            readers.schedule_new(app.engine, app.now())
            with writing(app.engine).begin() as connection:
                ask_for(connection, due_readers(connection, app.now()))

    async def _planned(self, shard: int, *, weekly: bool) -> None:
        ended = threading.Event()
        part = Part(*ids_of(shard, READERS), weekly=weekly)
        app = self._app
        async with self._planning:  # what is gathered of editions is one thread's at a time
            try:
                planned = await asyncio.to_thread(
                    app.planner.due, app.now(), part, lambda: ended.is_set() or self._stop.is_set()
                )
            finally:
                ended.set()  # cancelled: its thread ends with the block it is at
        self._log.info("planned", shard=shard, weekly=weekly, result=str(planned))

    def _follow_up(self, shard: int, report: Report, *, cut_short: bool) -> None:
        """A job for what is deferred, held by a sender that is gone, or left for lack of time."""
        app = self._app
        at = app.outbox.next_attempt_at(between=ids_of(shard, DELIVERIES))
        if at is None:
            return
        now = app.now()
        if not cut_short and (report.reason or at <= now):
            at = max(at, now + REST)
        with writing(app.engine).begin() as connection:
            ask_for(connection, [deliver(shard, at=at if at > now else None)])

    @asynccontextmanager
    async def _limited(self) -> AsyncIterator[asyncio.Event]:
        """An event that is set when the worker is to stop, or a job has had its time."""
        until = asyncio.Event()
        stopping = asyncio.create_task(self._stop.wait())
        stopping.add_done_callback(lambda _: until.set())
        timer = asyncio.get_running_loop().call_later(LONGEST, until.set)
        try:
            yield until
        finally:
            timer.cancel()
            stopping.cancel()
