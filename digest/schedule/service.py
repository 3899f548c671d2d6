"""`digest run`: one process that pulls, settles, plans, delivers and serves the site.

APScheduler wakes the loops; what is to be done stands in the database alone, so a process
that was killed is replaced by starting another, and two at once do the work of one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from digest import logs
from digest.app import App
from digest.database import TROUBLES
from digest.delivery import Report
from digest.metrics import Metrics
from digest.publish import Planned, Pulled, readers, standing
from digest.publish.health import Health, judge, read_health, readings
from digest.schedule.counting import EVERY, counting
from digest.schedule.done import Done
from digest.schedule.listening import listening
from digest.schedule.polling import Polling
from digest.schedule.sharing import Sharing
from digest.schedule.systemd import notify
from digest.schedule.teller import Teller
from digest.schedule.waking import Job, first_of, waking

SENDER_STAYS = timedelta(minutes=5)
SHARER_STAYS = timedelta(seconds=10)  # where workers may come, that these do the work
SENDER_RESTS = 5.0
JUMP = timedelta(seconds=30)
#: After so long without a look, the sources are asked before anybody is planned for.
ASLEEP = timedelta(minutes=10)
HEALTH_KEPT = 5.0
BOUNCES_EVERY = 300.0


class Service:
    """The loops of one process.

    Args:
        app: the installation.
        site: the readers' pages too.
        sharing: with other processes of its kind and with workers; None works alone.
    """

    def __init__(self, app: App, *, site: bool = True, sharing: Sharing | None = None) -> None:
        self._app = app
        self._sharing = sharing
        self._site = site
        self._polling = Polling(app.calendars)
        self._metrics = Metrics(lambda: readings(self.health()))
        self._log = logs.get("schedule")
        self._done = Done()
        self.teller = Teller(app)
        self._run = 0
        self._last_tick: datetime | None = None
        self._woken = asyncio.Event()
        # Until the sources have been asked: an outage must not be told as a day without news.
        self._asks_first: datetime | None = app.now()
        self._busy = asyncio.Lock()
        self._read: tuple[float, Health] | None = None

    async def run(self, stop: asyncio.Event) -> str:
        """Works until `stop` is set; what is under way gets 30 seconds to end.

        Returns:
            What was done, in words.

        Raises:
            OSError: an address cannot be listened on.
        """
        await asyncio.to_thread(self.begin)
        reason = "failed"
        try:
            with listening(self._app, self._metrics, self.problems, site=self._site):
                async with self._shared(), self._scheduling():
                    sending = asyncio.create_task(self._send(stop))
                    notify("READY=1")
                    await self._watch(stop)
                    notify("STOPPING=1")
                    await sending
            reason = "stopped as asked"
        finally:
            outcome = f"{reason}: {self._done}"
            await asyncio.to_thread(self._app.outcomes.end, self._run, self._app.now(), outcome)
        return outcome

    def begin(self) -> None:
        """Notes that a run has begun; finds out whether the clock was set back meanwhile."""
        now = self._app.now()
        last = self._app.outcomes.last_seen("run")
        if last is not None and last > now + JUMP:
            readers.reschedule_all(self._app.engine, now)
        self._run = self._app.outcomes.begin("run", now)
        self._log.info("started", run=self._run, sources=[c.source for c in self._app.calendars])

    def health(self) -> Health:
        """The facts of this moment, at most some seconds old."""
        now = time.monotonic()
        if self._read is None or now - self._read[0] > HEALTH_KEPT:
            app = self._app
            found = read_health(app.engine, app.archive, app.outbox, app.calendars, app.now())
            self._read = (now, found)
        return self._read[1]

    def problems(self) -> list[str]:
        """What does not work at this moment, in words."""
        return judge(self.health(), self._app.now())

    # The loops

    async def pull(self) -> None:
        """Asks the sources for the days whose time has come."""
        now = self._app.now()
        known = await asyncio.to_thread(standing.standings, self._app.archive, now)
        wanted = self._polling.wanted(known, now)
        if sharing := self._handing_out():
            for source, day in wanted:
                self._polling.answered(source, day, now, failed=False)
            if not await asyncio.to_thread(sharing.pull, wanted):
                self._asks_first = None
            return
        try:
            if wanted:
                with self._metrics.phase("pull"):
                    await self._app.pull_days(wanted, done=self._pulled)
        finally:
            self._asks_first = None

    async def tick(self) -> None:
        """Settles what is complete, and plans for who is due."""
        async with self._busy:
            now = self._app.now()
            if self._last_tick is not None and now - self._last_tick > ASLEEP:
                self._asks_first = now  # the machine slept
            # A source that hangs holds nobody up for longer.
            asked = self._asks_first is None or now - self._asks_first > ASLEEP
            if sharing := self._handing_out():
                await asyncio.to_thread(sharing.settle, plan=asked)
            before = self._done.planned
            await asyncio.to_thread(self._tick, now, plan=asked)
            if self._done.planned > before:
                self._woken.set()

    def _pulled(self, answer: Pulled) -> None:
        self._polling.answered(answer.source, answer.asked, self._app.now(), failed=answer.failed)
        self._metrics.pulled(answer.source, answer.state)
        self._done.pulls += 1
        self._done.failures += answer.failed
        facts = {"source": answer.source, "day": str(answer.date), "state": answer.state}
        told = self._log.warning if answer.failed else self._log.info
        told("pulled", **facts, papers=answer.papers, new=answer.new, reason=answer.reason)

    def _tick(self, now: datetime, *, plan: bool) -> None:
        if self._last_tick is not None and now < self._last_tick - JUMP:
            count = readers.reschedule_all(self._app.engine, now)
            self._log.warning("clock set back", since=str(self._last_tick), readers=count)
        self._last_tick = now
        if not self._handing_out():
            self._settle_and_plan(now, plan=plan)
        self._app.outcomes.lives(self._run, now)
        self._metrics.ticked(now.timestamp())

    def _settle_and_plan(self, now: datetime, *, plan: bool) -> None:
        with self._metrics.phase("settle"):
            for ended in self._app.settle():
                self._log.info("edition ended", source=ended.source, day=str(ended.date),
                               state=ended.state)  # fmt: skip
        if plan:
            with self._metrics.phase("plan"):
                self._planned(self._app.planner.due(now))

    def _planned(self, planned: Planned) -> None:
        if str(planned) != "nobody was due":
            self._log.info("planned", result=str(planned))
        self._done.planned += planned.deliveries

    async def read_bounces(self) -> None:
        """Reads what came back, where a mailbox for it is set."""
        if sharing := self._handing_out():
            await asyncio.to_thread(sharing.bounces)
            return
        effects = await asyncio.to_thread(self._app.read_bounces)
        if effects:
            self._log.info("bounces read", **{str(effect): n for effect, n in effects.items()})

    async def deliver(
        self, *, wait: timedelta = timedelta(0), stop: asyncio.Event | None = None
    ) -> None:
        """Sends what is due, and what becomes due within `wait`."""
        with self._metrics.phase("deliver"):
            self._sent(await self._app.deliver(wait=wait, stop=stop))

    async def _send(self, stop: asyncio.Event) -> None:
        """Delivers what is due, again and again, until asked to stop."""
        while not stop.is_set():
            try:
                if sharing := self._handing_out():
                    await asyncio.to_thread(sharing.deliver)
                elif self._leads():
                    stays = SHARER_STAYS if self._sharing else SENDER_STAYS
                    await self.deliver(wait=stays, stop=stop)
            except TROUBLES as error:
                self._log.error("delivery stopped", reason=logs.one_line(error))
            await self._rest(stop)

    def _sent(self, report: Report) -> None:
        for state, count in report.counts.items():
            self._metrics.attempted(str(state), count)
        self._done.accepted += report.accepted
        self._done.deferred += report.deferred
        self._done.bounced += report.bounced
        if report.counts or report.reason:
            self._log.info("delivered", report=str(report))

    async def _rest(self, stop: asyncio.Event) -> None:
        self._woken.clear()
        await first_of(stop, self._woken, seconds=SENDER_RESTS)

    def _leads(self) -> bool:
        """Whether this process schedules; among several, one does."""
        return self._sharing is None or self._sharing.leads

    def _handing_out(self) -> Sharing | None:
        """Who takes the work, None where this process does it itself."""
        sharing = self._sharing
        return sharing if sharing and sharing.leads and sharing.shares else None

    def _stands_by(self) -> None:
        """Another schedules; who takes over asks the sources first, as after a start."""
        self._last_tick = self._asks_first = now = self._app.now()
        self._app.outcomes.lives(self._run, now)
        self._metrics.ticked(now.timestamp())

    @asynccontextmanager
    async def _shared(self) -> AsyncIterator[None]:
        if self._sharing is None:
            yield
            return
        await self._sharing.look()
        keeping = asyncio.create_task(self._sharing.keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    @asynccontextmanager
    async def _scheduling(self) -> AsyncIterator[None]:
        often = float(self._app.settings.run.tick_seconds)
        jobs = (
            ("pull", self.pull, often),
            ("tick", self.tick, often),
            ("tell", self.teller.tell, often),
            ("bounces", self.read_bounces, BOUNCES_EVERY),
            ("figures", counting(self._app), EVERY),
        )
        guarded = [(name, self._guarded(name, job), every) for name, job, every in jobs]
        async with waking(guarded, self._busy) as self._scheduler:
            yield

    def _guarded(self, name: str, job: Job) -> Job:
        async def guarded() -> None:
            try:
                if not self._leads():
                    await asyncio.to_thread(self._stands_by)
                    return
                await job()
            except TROUBLES as error:
                self._log.error("job failed", job=name, reason=logs.one_line(error))
            except Exception:  # noqa: BLE001  # the loop goes on: the next tick tries again
                self._log.exception("job failed", job=name)

        return guarded

    async def _watch(self, stop: asyncio.Event) -> None:
        """Tells systemd that the schedule lives, and wakes it where the clock was set back."""
        before = self._app.now()
        while not stop.is_set():
            now = self._app.now()
            if now < before - JUMP:
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
            before = now
            if self._ticks(now):
                notify("WATCHDOG=1")
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await stop.wait()

    def _ticks(self, now: datetime) -> bool:
        late = timedelta(seconds=10 * self._app.settings.run.tick_seconds + 60)
        return self._last_tick is None or now - self._last_tick < late
