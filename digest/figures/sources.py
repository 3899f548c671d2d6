"""When each source's days opened, grew and settled, as the archive has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, select

from digest.archive.tables import editions


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """One day of a source.

    Attributes:
        state: as the archive has it.
        opened_at: when the source first answered with it.
        grew_at: when its papers last changed, None where they never did.
        settled_at: when it was closed, None while it is open.
        reason: why it is empty or what is wrong, "" where nothing is.
    """

    day: date
    state: str
    papers: int
    opened_at: datetime
    grew_at: datetime | None
    settled_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class SourceDays:
    """A source's days, the latest first."""

    source: str
    days: tuple[SourceDay, ...]


def source_days(engine: Engine, until: date, count: int = 14) -> list[SourceDays]:
    """Each source with those of so many days up to and with `until` that it has."""
    c = editions.c
    query = (
        select(editions)
        .where(c.date > until - timedelta(days=count), c.date <= until)
        .order_by(c.source, c.date.desc())
    )
    found: dict[str, list[SourceDay]] = {}
    with engine.connect() as connection:
        for row in connection.execute(query):
            day = SourceDay(
                day=row.date,
                state=row.state,
                papers=row.papers,
                opened_at=row.opened_at,
                grew_at=row.changed_at,
                settled_at=row.settled_at,
                reason=row.problem or row.reason,
            )
            found.setdefault(row.source, []).append(day)
    return [SourceDays(source, tuple(days)) for source, days in found.items()]
