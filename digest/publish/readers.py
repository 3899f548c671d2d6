"""The schedule in the subscribers' rows: who is due, and when they are due next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, bindparam, select, update

from digest.archive.settling import settled_upto
from digest.database import writing
from digest.publish.deciding import Decision, Due
from digest.publish.part import Part
from subscribers import rows
from subscribers.due import due_on, local_day, next_due
from subscribers.errors import InvalidSchedule
from subscribers.model import Cadence, Schedule, SubscriptionStatus
from subscribers.tables import subscribers

BLOCK = 1000
#: Whose days go by; those of a paused reader with that as their reason.
SCHEDULED = (SubscriptionStatus.CONFIRMED, SubscriptionStatus.PAUSED)


def due_block(
    engine: Engine, now: datetime, limit: int = BLOCK, part: Part | None = None
) -> list[Due]:
    """Readers who are due, of all (found by the index alone) or a part, longest waiting first."""
    conditions = part.conditions if part else []
    found: list[Due] = []
    for status in SCHEDULED:  # an equality each, so that the index gives the order, too
        query = (
            select(subscribers)
            .where(subscribers.c.status == status, subscribers.c.due_at <= now, *conditions)
            .order_by(subscribers.c.due_at)
            .limit(limit - len(found))
        )
        found += _read(engine, query) if len(found) < limit else []
    return found


def block_after(
    engine: Engine, after: int, only: Collection[int] | None = None, limit: int = BLOCK
) -> list[Due]:
    """Readers whose days go by, due or not, with ids above `after`."""
    query = (
        select(subscribers)
        .where(
            subscribers.c.status.in_(SCHEDULED),
            subscribers.c.id > after,
            subscribers.c.due_at.is_not(None),
        )
        .order_by(subscribers.c.id)
        .limit(limit)
    )
    if only is not None:
        query = query.where(subscribers.c.id.in_(only))
    return _read(engine, query)


def schedule_new(engine: Engine, now: datetime) -> int:
    """Gives a due instant to readers who have none yet: restored, imported, upgraded."""
    query = select(subscribers).where(
        subscribers.c.status.in_(SCHEDULED), subscribers.c.due_at.is_(None)
    )
    return _reschedule(engine, query, now)


def reschedule_all(engine: Engine, now: datetime) -> int:
    """Counts everybody's next due instant from now: after the clock was set back."""
    query = select(subscribers).where(
        subscribers.c.status.in_(SCHEDULED), subscribers.c.due_at > now
    )
    return _reschedule(engine, query, now)


def advance(connection: Connection, decisions: Sequence[Decision]) -> list[Decision]:
    """Moves readers on, within the caller's transaction; returns those who were moved.

    Who has changed since it was decided (another scheduler was faster, they edited their
    schedule) is left to the next look.
    """
    standing = _standing(connection, [decision.due.reader.id for decision in decisions])
    kept = [d for d in decisions if standing.get(d.due.reader.id) == _stood(d.due)]
    if kept:
        connection.execute(
            update(subscribers)
            .where(subscribers.c.id == bindparam("number"))
            .values(due_at=bindparam("next"), had_number=bindparam("had")),
            [{"number": d.due.reader.id, "next": d.due_at, "had": d.had} for d in kept],
        )
    return kept


def welcomed(engine: Engine, number: int, day: date) -> None:
    """What a welcome held counts as given: the first digest begins after the editions of a date.

    Not for a weekly reader, whose first digest is of a whole week, without the papers they had.
    """
    c = subscribers.c
    with writing(engine).begin() as connection:
        connection.execute(
            update(subscribers)
            .where(c.id == number, c.had_number == 0, c.cadence != Cadence.WEEKLY)
            .values(had_number=settled_upto(connection, day))
        )


def _stood(due: Due) -> tuple[object, ...]:
    return due.due_at, due.had, due.reader.status, due.suppressed


def _standing(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[object, ...]]:
    c = subscribers.c
    query = (
        select(c.id, c.due_at, c.had_number, c.status, c.suppressed)
        .where(c.id.in_(numbers))
        .order_by(c.id)
        .with_for_update()
    )
    return {
        row.id: (row.due_at, row.had_number, SubscriptionStatus(row.status), row.suppressed)
        for row in connection.execute(query)
    }


def _read(engine: Engine, query: Select[Any]) -> list[Due]:
    with engine.connect() as connection:
        found = connection.execute(query).all()
        readers = rows.with_topics(connection, found)
    return [
        Due(
            reader=reader,
            due_at=row.due_at,
            had=row.had_number,
            suppressed=row.suppressed,
            resting_until=row.resting_until,
        )
        for row, reader in zip(found, readers, strict=True)
    ]


def _reschedule(engine: Engine, query: Select[Any], now: datetime) -> int:
    changed, after = 0, 0
    while True:
        block = query.where(subscribers.c.id > after).order_by(subscribers.c.id).limit(BLOCK)
        with writing(engine).begin() as connection:
            found = connection.execute(block).all()
            if not found:
                return changed
            _write_next(connection, found, now)
        changed += len(found)
        after = found[-1].id


def _write_next(connection: Connection, found: Iterable[Row[Any]], now: datetime) -> None:
    values = [
        {"number": row.id, "next": at} for row in found if (at := _next(row, now)) is not None
    ]
    if values:
        statement = update(subscribers).where(subscribers.c.id == bindparam("number"))
        connection.execute(statement.values(due_at=bindparam("next")), values)


def _next(row: Row[Any], now: datetime) -> datetime | None:
    schedule = rows.to_schedule(row)
    try:
        return now if _still_waits(schedule, row.due_at, now) else next_due(schedule, now)
    except InvalidSchedule:
        return None  # the doctor tells of it; it holds up nobody else


def _still_waits(schedule: Schedule, due_at: datetime | None, now: datetime) -> bool:
    """Whether their hour has come, and what is stored is when to look again for an edition."""
    if due_at is None:
        return False
    hour = due_on(schedule, local_day(schedule, due_at))
    return hour is not None and hour <= now < due_at
