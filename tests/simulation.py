"""A year of the schedule in minutes: real editions, real stores, a clock that is told.

Only clock, source and mailer are replaced. The source fills through its day, fails, repeats
yesterday and lists papers late; the program is stopped for hours and days, and killed within
its transactions, those of delivery too; its machine's clock is set forward and back; readers
move, pause and come back.
"""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from digest.app import App, make_app
from digest.model import DeliveryState, Message, Outcome, Paper
from digest.schedule import Service
from digest.settings import Sender, Settings
from subscribers.model import Cadence, Consent, Schedule, Subscriber, Topic, WhenNothing
from tests.movinghub import DAY, HOUR, Clock, MovingSource

STEP = timedelta(minutes=10)
ZONES = (
    "Pacific/Apia", "Pacific/Auckland", "Australia/Lord_Howe", "Australia/Sydney", "Asia/Tokyo",
    "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Dubai", "Europe/Moscow",
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Europe/Athens", "Europe/Berlin",
    "Europe/Dublin", "Europe/London", "Atlantic/Azores", "America/Nuuk", "America/Sao_Paulo",
    "America/St_Johns", "America/Halifax", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "UTC",
)  # fmt: skip
TOPICS = (
    "agent", "reinforcement learning\nRL", "video generation", "diffusion", "benchmark",
    "speech OR audio", "retrieval", "robot OR navigation", "medical imaging", "quantum chemistry",
)  # fmt: skip
_ABSTRACT_PAGE = re.compile(rb"arxiv\.org/abs/(\d{4}\.\d{4,5})")


class Killed(BaseException):
    """The process ends here, within a transaction."""


class InPlace(ThreadPoolExecutor):
    """Runs at once what would run in a thread: a year of waits for another one is long."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  # as a thread's future would hold it
            future.set_exception(error)
        return future


@dataclass(frozen=True, slots=True)
class Mail:
    """What the account is made of.

    Attributes:
        octets: a hash of the message, so that a repeated one can be compared.
        papers: arXiv's identifiers.
    """

    message_id: str
    octets: int
    papers: tuple[str, ...]


class Inbox:
    """Keeps of each mail what the account is made of, by address."""

    def __init__(self) -> None:
        self.mails: dict[str, list[Mail]] = defaultdict(list)

    async def send(self, message: Message) -> Outcome:
        found = _ABSTRACT_PAGE.findall(message.data.replace(b"=\r\n", b""))
        papers = tuple(sys.intern(paper.decode()) for paper in sorted(set(found)))
        mail = Mail(message.message_id, hash(message.data), papers)
        self.mails[message.recipient].append(mail)
        return Outcome(state=DeliveryState.ACCEPTED, code=250)

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A span in which the machine's clock is wrong, and by how much."""

    begin: datetime
    end: datetime
    wrong: timedelta


@dataclass
class Simulation:
    """An installation through some days.

    Attributes:
        happened: how often something out of the ordinary did.
        moved: when readers changed their time zone.
    """

    folder: Path
    days: dict[date, list[Paper]]
    first: date
    last: date
    seed: int = 20
    inbox: Inbox = field(default_factory=Inbox)
    happened: Counter[str] = field(default_factory=Counter)
    moved: dict[int, list[date]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.clock = Clock(datetime.combine(self.first, time(), UTC))
        self.ends = datetime.combine(self.last + DAY, time(), UTC)
        self.source = MovingSource(self.days, self.clock)
        self.source.outages = [self._span(6) for _ in self._some(40)]
        self.source.stale = frozenset(self._day() for _ in self._some(30))
        self.absences = [self._span(1) for _ in self._some(20)] + [self._span(73)]
        self.jumps = [self._jump() for _ in self._some(24)]
        self.app = self._open()
        self.app.set_up()
        self.service = Service(self.app, site=False)
        self.service.begin()

    async def run(self) -> None:
        """From the first day to the end of the last."""
        asyncio.get_running_loop().set_default_executor(InPlace(1))
        self.happened["outages of the source"] = len(self.source.outages)
        self.happened["days on which it was stale"] = len(self.source.stale)
        self.happened["absences of the program"] = len(self.absences)
        while self.clock.true < self.ends:
            self._set_clock()
            if not self._is_absent():
                await self._step()
            self.clock.true += STEP
        self.app.close()

    def add_readers(self, many: int) -> None:
        """All kinds of schedules in all zones."""
        for number in range(many):
            agreed = Consent(action="add", at=self.clock.now, source="operator")
            self.app.subscribers.add(self._reader(number), agreed)

    def has_moved(self, reader: int, day: date) -> bool:
        """Whether a reader changed their time zone on this date, of theirs before or after."""
        return any(abs(moved - day) <= DAY for moved in self.moved.get(reader, ()))

    def is_told_wrong(self, day: date) -> bool:
        """Whether the machine's clock was wrong about this date, or on it."""
        return any(
            min(jump.begin, jump.begin + jump.wrong) - DAY <= midnight
            and midnight <= max(jump.end, jump.end + jump.wrong) + DAY
            for jump in self.jumps
            for midnight in (datetime.combine(day, time(12), UTC),)
        )

    def _is_absent(self) -> bool:
        absent = any(begin <= self.clock.true < end for begin, end in self.absences)
        return absent and not self._is_near_the_end()

    def _is_near_the_end(self) -> bool:
        """At the end all is made up for."""
        return self.ends - self.clock.true < 2 * DAY

    def _set_clock(self) -> None:
        now = self.clock.true
        wrong = [jump.wrong for jump in self.jumps if jump.begin <= now < jump.end]
        off = wrong[0] if wrong and not self._is_near_the_end() else timedelta()
        if off != self.clock.wrong:
            forward = off > self.clock.wrong
            self.happened["clock set forward" if forward else "clock set back"] += 1
            self.clock.wrong = off

    async def _step(self) -> None:
        try:
            with self._perhaps_killed("kills while planning", 0.01):
                await self.service.pull()
                await self.service.tick()
            due = self.app.outbox.next_attempt_at()
            if due is not None and due <= self.clock.now:
                with self._perhaps_killed("kills while delivering", 0.003):
                    await self.service.deliver()
        except Killed:
            self._restart()
        if self.dice.random() < 0.0015:
            self.happened["restarts"] += 1
            self._restart()
        if self.dice.random() < 0.007:
            self._somebody_acts()

    @contextmanager
    def _perhaps_killed(self, name: str, chance: float) -> Iterator[None]:
        """A kill within a transaction: this commit does not come about, nor any after it."""
        last = self.dice.randrange(1, 8) if self.dice.random() < chance else 0
        engine, count = self.app.engine, 0

        def commit(_connection: Connection) -> None:
            nonlocal count
            count += 1
            if count >= last:
                self.happened[name] += count == last
                raise Killed

        if last:
            event.listen(engine, "commit", commit)
        try:
            yield
        finally:
            if last:
                event.remove(engine, "commit", commit)

    def _somebody_acts(self) -> None:
        number = self.dice.randrange(1, sum(self.app.subscribers.counts().values()) + 1)
        reader = self.app.subscribers.by_id(number)
        act = self.dice.choice(("move", "pause", "resume"))
        self.happened[act] += 1
        if act == "move":
            self.moved[number].append(self.clock.now.date())
            moved = replace(reader.schedule, timezone=self.dice.choice(ZONES))
            self.app.subscribers.edit(replace(reader, schedule=moved), at=self.clock.now)
        elif (act == "pause") == (reader.status == "confirmed"):
            given = Consent(action=act, at=self.clock.now, source="web")
            self.app.subscribers.change(number, given)

    def _restart(self) -> None:
        self.app.close()
        self.app = self._open()
        self.service = Service(self.app, site=False)
        self.service.begin()

    def _open(self) -> App:
        settings = Settings(
            folder=self.folder,
            database=f"sqlite:///{self.folder / 'digest.sqlite3'}",
            keys=self.folder / "keys",
            sender=Sender(address="digest@example.org", public_url="https://digest.example.org"),
        )
        app = make_app(
            settings, source=self.source, mailer=self.inbox, clock=lambda: self.clock.now
        )
        event.listen(app.engine, "connect", _without_flushing)
        return app

    def _reader(self, number: int) -> Subscriber:
        dice = self.dice
        hour = dice.randrange(24)
        return Subscriber(
            email=f"r{number}@example.org",
            topics=tuple(Topic(text=text) for text in dice.sample(TOPICS, dice.randrange(4))),
            schedule=Schedule(
                cadence=dice.choice((Cadence.DAILY, Cadence.WEEKDAYS, Cadence.WEEKLY)),
                weekday=dice.randrange(7),
                hour=hour,
                minute=dice.choice((0, 15, 30, 59)),
                timezone=ZONES[number % len(ZONES)],
                latest_hour=dice.choice((None, None, min(23, hour + 3))),
                catch_up=dice.random() < 0.3,
            ),
            max_papers=dice.choice((3, 10)),
            when_nothing=dice.choice(list(WhenNothing)),
        )

    def _some(self, a_year: int) -> range:
        return range(max(1, round(a_year * (self.last - self.first).days / 365)))

    def _day(self) -> date:
        return self.first + DAY * self.dice.randrange((self.last - self.first).days)

    def _jump(self) -> Jump:
        begin, end = self._span(self.dice.choice((1, 5, 30)))
        off = timedelta(minutes=self.dice.choice((20, 90, 600, 1800)))
        return Jump(begin, end, self.dice.choice((-1, 1)) * off)

    def _span(self, hours: float) -> tuple[datetime, datetime]:
        begin = datetime.combine(self._day(), time(self.dice.randrange(24)), UTC)
        return begin, begin + hours * HOUR


def _without_flushing(connection: sqlite3.Connection, _entry: object) -> None:
    """Here processes are killed, and no machine loses its power: a year takes half as long."""
    connection.execute("PRAGMA synchronous=OFF").close()
