"""Counts the deliveries of each day, again whenever something of the day moved."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, Engine, Table, case, delete, func, or_, select

from digest.delivery.tables import deliveries
from digest.figures.tables import counted_days, delivery_days, domain_days
from digest.model import DeliveryState
from digest.outcomes import reader_days
from subscribers.storage import inserting, writing

#: So many days are kept counted.
KEPT = 90
#: An answer that was being written while its day was counted is met by the next count.
MARGIN = timedelta(minutes=10)
#: The state of a reader's day for which no digest was planned.
NONE = "none"
_DAY = timedelta(days=1)
_REASON = 80
_BATCH = 5000
_OPEN = (
    DeliveryState.PLANNED,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
    DeliveryState.HELD,
)
_LATE = (DeliveryState.BOUNCED, DeliveryState.FAILED)

Key = tuple[str, ...]


class Tallies:
    """The daily tallies of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, now: datetime) -> list[date]:
        """Counts the days that moved since the last count; these days.

        A day has moved where it was never counted, where something of it waits or waited, where
        a bounce or a failure of it came since, and where it is today or yesterday.
        """
        today = now.astimezone(UTC).date()
        kept = {today - back * _DAY for back in range(KEPT)}
        days = sorted(self._moved(today, now) & kept, reverse=True)
        for day in days:
            self._count(day, now)
        return days

    def counted_at(self) -> datetime | None:
        """When the oldest figure of the last two days was counted; None before the first."""
        latest = select(counted_days.c.at).order_by(counted_days.c.day.desc()).limit(2)
        with self._engine.connect() as connection:
            return min(connection.execute(latest).scalars(), default=None)

    def _moved(self, today: date, now: datetime) -> set[date]:
        d, c = deliveries.c, counted_days.c
        with self._engine.connect() as connection:
            known = {row.day: row for row in connection.execute(select(counted_days))}
            last = max((row.at for row in known.values()), default=now)
            since = last - MARGIN
            moving = (
                select(d.due_at).where(d.next_attempt_at.is_not(None)),
                select(d.due_at).where(d.state == DeliveryState.HELD.value),
                *(select(d.due_at).where(d.state == s.value, d.settled_at >= since) for s in _LATE),
            )
            found = {at.date() for query in moving for at in connection.execute(query).scalars()}
            waited = select(c.day).where(c.moving)
            found |= set(connection.execute(waited).scalars())
        span = {today - back * _DAY for back in range(KEPT)}
        return found | (span - known.keys()) | {today, today - _DAY}

    def _count(self, day: date, now: datetime) -> None:
        """Counts one day. Read before the transaction: a count keeps no sender waiting."""
        with self._engine.connect() as connection:
            by_reason, by_domain, moving = _read(connection, day)
            by_reason.update(_without(connection, day))
        with writing(self._engine).begin() as connection:
            _replace(connection, delivery_days, day, by_reason)
            _replace(connection, domain_days, day, by_domain)
            told = {"at": now, "moving": moving}
            new = inserting(connection, counted_days).values(day=day, **told)
            connection.execute(new.on_conflict_do_update(index_elements=["day"], set_=told))


def _read(connection: Connection, day: date) -> tuple[Counter[Key], Counter[Key], bool]:
    c = deliveries.c
    begin = datetime.combine(day, time(), UTC)
    # Why a digest was not sent is in our words; of the rest, the server's words are each other's.
    reason = case((c.state == DeliveryState.SKIPPED.value, c.text), else_="")
    waits = or_(c.next_attempt_at.is_not(None), c.state.in_(_OPEN))
    query = (
        select(
            c.kind,
            c.state,
            reason,
            c.domain,
            c.enhanced,
            func.count(),
            func.max(case((waits, 1), else_=0)),
        )
        .where(c.due_at >= begin, c.due_at < begin + _DAY)
        .group_by(c.kind, c.state, reason, c.domain, c.enhanced)
    )
    by_reason: Counter[Key] = Counter()
    by_domain: Counter[Key] = Counter()
    moving = False
    for kind, state, why, domain, enhanced, number, waiting in connection.execute(query):
        by_reason[kind, state, shortened(why)] += number
        by_domain[domain, state, enhanced] += number
        moving = moving or bool(waiting)
    return by_reason, by_domain, moving


def _without(connection: Connection, day: date) -> Counter[Key]:
    """Readers' days for which no digest was planned."""
    c = reader_days.c
    query = select(c.outcome, func.count()).where(c.day == day).group_by(c.outcome)
    return Counter({("", NONE, outcome): number for outcome, number in connection.execute(query)})


def _replace(connection: Connection, table: Table, day: date, found: Counter[Key]) -> None:
    names = [column.name for column in table.columns][1:]
    rows = [{"day": day, **dict(zip(names, (*key, n), strict=True))} for key, n in found.items()]
    connection.execute(delete(table).where(table.c.day == day))
    new = inserting(connection, table)  # two that count at once write the same
    same = list(table.primary_key.columns.keys())
    changed = {"number": new.excluded["number"]}
    counted = new.on_conflict_do_update(index_elements=same, set_=changed)
    for at in range(0, len(rows), _BATCH):
        connection.execute(counted, rows[at : at + _BATCH])


def shortened(reason: str) -> str:
    """A reason without what is each reader's own: what follows its first stop."""
    ends = [at for at in (reason.find(mark) for mark in ":;,.(") if at > 0]
    return reason[: min([*ends, _REASON])].strip()
