"""The schedules that a reader had, so that a change does not rewrite what became of past days.

A schedule that gives way is kept with the instant until which it held. Which days were a
reader's, and in which time zone, is read from the one that held then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

from subscribers import rows
from subscribers.due import after_edit, local_day
from subscribers.model import Schedule, Subscriber
from subscribers.tables import past_schedules


@dataclass(frozen=True, slots=True)
class Schedules:
    """All schedules of a reader.

    Attributes:
        past: each with the instant until which it held, the earliest first.
        present: the one that holds now.
    """

    past: tuple[tuple[datetime, Schedule], ...]
    present: Schedule

    def at(self, instant: datetime) -> Schedule:
        """The one that held at an instant."""
        return next((schedule for until, schedule in self.past if instant < until), self.present)

    def day(self, due_at: datetime, decided_at: datetime) -> date:
        """The reader's day of a digest that was due, by the schedule that it was decided by."""
        return local_day(self.at(decided_at), due_at)

    def on(self, day: date) -> list[Schedule]:
        """Those that held on some of a day of the reader's calendar; their zones may differ."""
        found, since = [], date.min
        for until, schedule in self.past:
            last = local_day(schedule, until)
            if since <= day <= last:
                found.append(schedule)
            since = max(since, last)
        last_change = self.past[-1][0] if self.past else None
        if last_change is None or local_day(self.present, last_change) <= day:
            found.append(self.present)
        return found or [self.present]


def schedules_of(engine: Engine, reader: Subscriber) -> Schedules:
    """A reader's schedules, from the first to the present one."""
    c = past_schedules.c
    query = select(past_schedules).where(c.subscriber_id == reader.id).order_by(c.id)
    with engine.connect() as connection:
        found: Sequence[Row[Any]] = connection.execute(query).all()
    past = tuple((row.until, rows.to_schedule(row)) for row in found)
    return Schedules(past, reader.schedule)


def rescheduled(
    connection: Connection, row: Row[Any], chosen: Schedule, at: datetime
) -> datetime | None:
    """Keeps the schedule of a row of `subscribers` that gives way; returns when they are due.

    Raises:
        InvalidSchedule: the time zone is unknown.
    """
    before = rows.to_schedule(row)
    if before != chosen:
        values = rows.schedule_values(before) | {"subscriber_id": row.id, "until": at}
        connection.execute(insert(past_schedules).values(**values))
    return after_edit(before, chosen, row.due_at, at)
