"""A year of the schedule in minutes: real editions, real stores, a clock that is told.

Only clock, source and mailer are replaced. The source fills through its day, fails, repeats
yesterday and lists papers late; the program is stopped for hours and days, and killed within
its transactions; readers move, pause and come back.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Connection, event

from digest.app import App, make_app
from digest.errors import DayNotOpen, SourceUnreachable
from digest.model import DayState, DeliveryState, Link, LinkKind, Message, Outcome, Paper, SourceDay
from digest.schedule import Service
from digest.settings import Sender, Settings
from subscribers.model import Cadence, Consent, Schedule, Subscriber, Topic, WhenNothing

DAY, HOUR, STEP = timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)
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


def editions(file: Path) -> dict[date, list[Paper]]:
    """The real editions, by date."""
    found: dict[date, list[Paper]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            found[date.fromisoformat(item["edition"])].append(_paper(item))
    return found


def _paper(item: dict[str, str | int | list[str]]) -> Paper:
    known = str(item["id"])
    return Paper(
        key=f"arxiv:{known}",
        title=str(item["title"]),
        abstract=str(item["abstract"]),
        upvotes=int(str(item["upvotes"] or 0)),
        links=(Link(LinkKind.PAGE, f"https://arxiv.org/abs/{known}"),),
    )


@dataclass
class MovingSource:
    """The hub as it stands at the clock's instant.

    Attributes:
        outages: while one of them lasts, nothing can be read.
        stale: on these days it repeats the day before until 16:00 UTC.
    """

    days: dict[date, list[Paper]]
    clock: Clock
    outages: Sequence[tuple[datetime, datetime]] = ()
    stale: frozenset[date] = frozenset()
    name: str = "huggingface"

    async def fetch(self, day: date) -> SourceDay:
        now = self.clock.now
        if any(begin <= now < end for begin, end in self.outages):
            raise SourceUnreachable(source=self.name, url="http://hub", reason="refused")
        opened = datetime.combine(day, time(), UTC)
        if now < opened:
            raise DayNotOpen(source=self.name, day=day)
        if day in self.stale and now < opened + 16 * HOUR:
            return self._answer(day, [], DayState.STALE, "it answered with yesterday's papers")
        if day.weekday() >= 5:
            return self._answer(day, [], DayState.EMPTY, "weekend: nothing is listed")
        return self._filled(day, (now - opened) / DAY)

    def _filled(self, day: date, passed: float) -> SourceDay:
        every = self.days.get(day, [])
        on_time = [paper for paper in every if not _late(paper)]
        known = on_time[: round(len(on_time) * min(1.0, passed * 1.2))]
        late = [paper for paper in every if _late(paper)] if passed > 1.5 else []
        closed = passed > 1.25
        if not known and closed:
            return self._answer(day, [], DayState.EMPTY, "holiday: nothing was listed")
        state = DayState.CLOSED if closed else DayState.OPEN
        return self._answer(day, known + late, state, "")

    def _answer(
        self, day: date, papers: Sequence[Paper], state: DayState, reason: str
    ) -> SourceDay:
        return SourceDay(
            source=self.name, date=day, papers=tuple(papers), state=state, reason=reason,
            fetched_at=self.clock.now,
        )  # fmt: skip


def _late(paper: Paper) -> bool:
    return paper.key.endswith("7") and paper.key[-2] in "02468"


@dataclass
class Clock:
    """Told by the simulation."""

    now: datetime


class Inbox:
    """Keeps of each mail what the account is made of."""

    def __init__(self) -> None:
        self.mails: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)

    async def send(self, message: Message) -> Outcome:
        data = message.data.replace(b"=\r\n", b"")
        papers = frozenset(found.decode() for found in _ABSTRACT_PAGE.findall(data))
        self.mails[message.recipient].append((message.message_id, papers))
        return Outcome(state=DeliveryState.ACCEPTED, code=250)

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass
class Simulation:
    """An installation through some days.

    Attributes:
        happened: how often something out of the ordinary did.
        moved: readers who changed their time zone.
    """

    folder: Path
    days: dict[date, list[Paper]]
    first: date
    last: date
    seed: int = 20
    inbox: Inbox = field(default_factory=Inbox)
    happened: Counter[str] = field(default_factory=Counter)
    moved: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.clock = Clock(datetime.combine(self.first, time(), UTC))
        self.source = MovingSource(self.days, self.clock)
        self.source.outages = [self._span(6) for _ in self._some(40)]
        self.source.stale = frozenset(self._day() for _ in self._some(30))
        self.absences = [self._span(1) for _ in self._some(20)] + [self._span(73)]
        self.app = self._open()
        self.app.set_up()
        self.service = Service(self.app, site=False)

    async def run(self) -> None:
        """From the first day to the end of the last."""
        ends = datetime.combine(self.last + DAY, time(), UTC)
        while self.clock.now < ends:
            absent = any(begin <= self.clock.now < end for begin, end in self.absences)
            if not absent or ends - self.clock.now < 2 * DAY:  # all is made up for at the end
                await self._step()
            self.clock.now += STEP
        self.app.close()

    def add_readers(self, many: int) -> None:
        """All kinds of schedules in all zones."""
        for number in range(many):
            agreed = Consent(action="add", at=self.clock.now, source="operator")
            self.app.subscribers.add(self._reader(number), agreed)

    async def _step(self) -> None:
        try:
            with self._perhaps_killed():
                await self.service.pull()
                await self.service.tick()
            due = self.app.outbox.next_attempt_at()
            if due is not None and due <= self.clock.now:
                await self.app.deliver()
        except Killed:
            self.happened["kills"] += 1
            self._restart()
        if self.dice.random() < 0.0015:
            self.happened["restarts"] += 1
            self._restart()
        if self.dice.random() < 0.007:
            self._somebody_acts()

    @contextmanager
    def _perhaps_killed(self) -> Iterator[None]:
        """A kill within a transaction, before its commit."""
        left = self.dice.randrange(1, 8) if self.dice.random() < 0.01 else 0
        count = 0

        def commit(_connection: Connection) -> None:
            nonlocal count
            count += 1
            if count == left:
                raise Killed

        if left:
            event.listen(self.app.engine, "commit", commit)
        try:
            yield
        finally:
            if left:
                event.remove(self.app.engine, "commit", commit)

    def _somebody_acts(self) -> None:
        number = self.dice.randrange(1, sum(self.app.subscribers.counts().values()) + 1)
        reader = self.app.subscribers.by_id(number)
        act = self.dice.choice(("move", "pause", "resume"))
        self.happened[act] += 1
        if act == "move":
            self.moved.add(number)
            moved = replace(reader.schedule, timezone=self.dice.choice(ZONES))
            self.app.subscribers.edit(replace(reader, schedule=moved), at=self.clock.now)
        elif (act == "pause") == (reader.status == "confirmed"):
            given = Consent(action=act, at=self.clock.now, source="web")
            self.app.subscribers.change(number, given)

    def _restart(self) -> None:
        self.app.close()
        self.app = self._open()
        self.service = Service(self.app, site=False)

    def _open(self) -> App:
        settings = Settings(
            folder=self.folder,
            database=f"sqlite:///{self.folder / 'digest.sqlite3'}",
            keys=self.folder / "keys",
            sender=Sender(address="digest@example.org", public_url="https://digest.example.org"),
        )
        return make_app(
            settings, source=self.source, mailer=self.inbox, clock=lambda: self.clock.now
        )

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

    def _span(self, hours: float) -> tuple[datetime, datetime]:
        begin = datetime.combine(self._day(), time(self.dice.randrange(24)), UTC)
        return begin, begin + hours * HOUR
