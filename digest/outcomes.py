"""What became of every run and of every reader's day without mail, with its reason.

A day on which a digest was planned has its row in the outbox. A day on which none was has one
here: so each day of each reader is accounted for. Editions keep their own outcome in the
archive.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Engine,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from digest.database import UtcDateTime, writing
from subscribers.tables import metadata, subscribers

__all__ = ["DayOutcome", "Outcomes", "ReaderDay", "Run", "metadata", "record_days"]

#: A `digest run` that has not said for so long that it lives does not.
SILENT = timedelta(minutes=2)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    # When it last said that it lives; a run without an end that is silent was killed.
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", Text, nullable=False),
    Index("ix_runs_seen_at", "seen_at"),
)

reader_days = Table(
    "reader_days",
    metadata,
    Column("subscriber_id", ForeignKey(subscribers.c.id, ondelete="CASCADE"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_reader_days_day_outcome", "day", "outcome"),
)


class DayOutcome(StrEnum):
    """Why a reader's day has no digest."""

    NOTHING_NEW = "nothing new"  # no edition that they have not had; the reason says why
    PAUSED = "paused"
    SUPPRESSED = "suppressed"
    RESTING = "resting"
    MISSED = "missed"  # the program was not running; a later digest takes its place
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderDay:
    """A reader's day on which no digest was planned.

    Attributes:
        day: of the reader's own calendar.
        reason: in words that a reader understands.
        at: when it was decided.
    """

    subscriber_id: int
    day: date
    outcome: DayOutcome
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command that works on its own.

    Attributes:
        kind: `run`, `send`, `pull`.
        owner: machine and process.
        seen_at: when it last said that it lives.
        ended_at: None while it goes on, or where it was killed.
        outcome: what it did, in words; "" until it ends.
    """

    id: int
    kind: str
    owner: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    outcome: str

    def in_words(self, now: datetime) -> str:
        """How it ended, or how it stands.

        Only `digest run` says all the while that it lives.
        """
        if self.outcome:
            return self.outcome
        last = f"last seen {self.seen_at:%Y-%m-%d %H:%M} UTC"
        if self.kind != "run":
            return f"has not ended: it runs, or was killed; {last}"
        return "runs" if now - self.seen_at < SILENT else f"was killed, {last}"


def record_days(connection: Connection, days: Sequence[ReaderDay]) -> None:
    """Writes reader-days within the caller's transaction; a later word replaces an earlier."""
    if not days:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(reader_days)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["subscriber_id", "day"],
        set_={"outcome": new.outcome, "reason": new.reason, "at": new.at},
    )
    rows = [
        {
            "subscriber_id": day.subscriber_id,
            "day": day.day,
            "outcome": day.outcome.value,
            "reason": day.reason,
            "at": day.at,
        }
        for day in days
    ]
    connection.execute(statement, rows)


class Outcomes:
    """Runs and reader-days of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, kind: str, at: datetime) -> int:
        """Notes that a run has begun; returns its id."""
        owner = f"{socket.gethostname()[:40]}:{os.getpid()}"
        values = {"kind": kind, "owner": owner, "started_at": at, "seen_at": at, "outcome": ""}
        with writing(self._engine).begin() as connection:
            found = connection.execute(insert(runs).values(**values).returning(runs.c.id))
            return int(found.scalar_one())

    def lives(self, run: int, at: datetime) -> None:
        """Notes that a run still goes on."""
        self._change(run, seen_at=at)

    def end(self, run: int, at: datetime, outcome: str) -> None:
        """Notes how a run ended; it always has words."""
        self._change(run, seen_at=at, ended_at=at, outcome=outcome)

    def runs(self, limit: int = 20) -> list[Run]:
        """The latest runs, the newest first."""
        query = select(runs).order_by(runs.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [Run(**row) for row in connection.execute(query).mappings()]

    def last_seen(self, kind: str | None = None) -> datetime | None:
        """When the latest run (of this kind) last said that it lives.

        The latest begun: after a clock was set back, an earlier one was seen in the future.
        """
        query = select(runs.c.seen_at).order_by(runs.c.id.desc()).limit(1)
        if kind:
            query = query.where(runs.c.kind == kind)
        with self._engine.connect() as connection:
            found: datetime | None = connection.execute(query).scalar_one_or_none()
            return found

    def counts(self, day: date) -> dict[tuple[DayOutcome, str], int]:
        """How many readers had no digest on this day of theirs, by outcome and reason."""
        c = reader_days.c
        query = select(c.outcome, c.reason, func.count()).where(c.day == day)
        query = query.group_by(c.outcome, c.reason).order_by(func.count().desc())
        with self._engine.connect() as connection:
            return {(DayOutcome(o), r): int(n) for o, r, n in connection.execute(query)}

    def of_reader(
        self, subscriber_id: int, since: date, until: date | None = None
    ) -> list[ReaderDay]:
        """A reader's days without a digest, the latest first."""
        c = reader_days.c
        query = select(reader_days).where(c.subscriber_id == subscriber_id, c.day >= since)
        query = query if until is None else query.where(c.day <= until)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(c.day.desc())).mappings().all()
        return [ReaderDay(**{**row, "outcome": DayOutcome(row["outcome"])}) for row in rows]

    def without_news(self, since: datetime, after: int = 0, limit: int = 1000) -> list[int]:
        """Readers who were told of no news since an instant, by id, block by block."""
        c = reader_days.c
        query = select(c.subscriber_id).where(
            c.at >= since, c.outcome == DayOutcome.NOTHING_NEW.value, c.subscriber_id > after
        )
        query = query.distinct().order_by(c.subscriber_id).limit(limit)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def _change(self, run: int, **values: object) -> None:
        with writing(self._engine).begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(**values))
