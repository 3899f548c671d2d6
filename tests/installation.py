"""An installation for tests of the schedule: real stores, a source and a clock that are told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from digest.app import App, make_app
from digest.model import DayState, Paper
from digest.publish import Planned
from digest.settings import Sender, Settings
from digest.testing import FakeSource, RecordingMailer, make_paper
from subscribers.model import Consent, Schedule, Subscriber, Topic
from tests.databases import new_sqlite


def instant(text: str) -> datetime:
    """An instant in UTC, as `2026-08-20 06:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Installation:
    """What happens in it is told step by step; nothing waits."""

    folder: Path
    database: str
    now: datetime = field(default_factory=lambda: instant("2026-08-17 00:00"))
    source: FakeSource = field(default_factory=lambda: FakeSource("hub"))
    mailer: RecordingMailer = field(default_factory=RecordingMailer)

    def __post_init__(self) -> None:
        if self.database == f"sqlite:///{self.folder / 'digest.sqlite3'}":
            new_sqlite(self.folder)
        self.app = self.open()
        self.app.set_up()

    def open(self) -> App:
        """The application anew, as after a restart."""
        settings = Settings(
            folder=self.folder,
            database=self.database,
            keys=self.folder / "keys",
            sender=Sender(address="digest@example.org", public_url="https://digest.example.org"),
        )
        return make_app(settings, source=self.source, mailer=self.mailer, clock=lambda: self.now)

    def restart(self) -> None:
        """As if the process had been killed and started again."""
        self.app.close()
        self.app = self.open()

    def add(
        self, email: str = "reader@example.org", topic: str = "paper", **chosen: object
    ) -> Subscriber:
        """A confirmed reader with one topic; the schedule's fields can be given."""
        topics = (Topic(text=topic),) if topic else ()
        own = {k: chosen.pop(k) for k in ("max_papers", "when_nothing", "template") if k in chosen}
        schedule = Schedule(**chosen)  # type: ignore[arg-type]  # the dataclass judges them
        reader = Subscriber(email=email, topics=topics, schedule=schedule, **own)  # type: ignore[arg-type]  # the same
        agreed = Consent(action="add", at=self.now, source="operator")
        return self.app.subscribers.add(reader, agreed)

    def lists(self, day: date, *numbers: int, state: DayState = DayState.CLOSED) -> list[Paper]:
        """The source has these papers for a day, which is pulled and settled at once."""
        papers = [make_paper(number) for number in numbers]
        self.source.lists(day, papers, state, fetched_at=self.now)
        asyncio.run(self.app.pull([day]))
        self.app.settle()
        return papers

    def asks(self, day: date) -> None:
        """The source is asked for a day, whatever it answers."""
        asyncio.run(self.app.pull([day]))

    def plan(self, at: str | None = None) -> Planned:
        """What the schedule does at an instant."""
        self.now = instant(at) if at else self.now
        self.app.settle()
        return self.app.planner.due(self.now)

    def deliver(self) -> list[str]:
        """Sends what is planned; the subjects of what arrived, by address."""
        before = len(self.mailer.messages)
        asyncio.run(self.app.deliver())
        return [message.recipient for message in self.mailer.messages[before:]]

    def rows(self) -> list[tuple[str, str, str]]:
        """The outbox: kind, occasion, state."""
        return [(row.kind, row.occasion, row.state.value) for row in self.app.outbox.rows()]

    def days(self, reader: Subscriber) -> dict[date, tuple[str, str]]:
        """A reader's days without a digest, with outcome and reason."""
        found = self.app.outcomes.of_reader(reader.id, self.now.date() - timedelta(days=400))
        return {day.day: (day.outcome.value, day.reason) for day in found}
