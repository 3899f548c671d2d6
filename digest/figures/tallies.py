"""Counts the deliveries of each day, again whenever something of the day moved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

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
#: A day of so few is counted while a page waits: its figures are those of the moment.
FEW = 10_000
#: A larger day that may still move is counted again by a page once its tally is so old.
FRESH = timedelta(minutes=2)
#: So many reasons of one state are told; servers put numbers of their own into their words.
REASONS = 20
OTHERS = "and others, each in its own words"
_DAY = timedelta(days=1)
_REASON = 200
_BATCH = 5000
_OPEN = (
    DeliveryState.PLANNED,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
    DeliveryState.HELD,
)
_LATE = (DeliveryState.BOUNCED, DeliveryState.FAILED)
#: What the server said of these is their reason; of what it took, nothing has to be explained.
_EXPLAINED = (
    DeliveryState.SKIPPED,
    DeliveryState.DEFERRED,
    DeliveryState.HELD,
    DeliveryState.BOUNCED,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
)

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of a day's deliveries and of the readers' days without one.

    Attributes:
        at: when it was counted.
        moving: something of it had not ended.
        counts: by kind, state and reason. Without a delivery the kind is "" and the state is a
            `DayOutcome`.
        domains: by domain, state and enhanced code; empty where it was read from the tallies.
    """

    at: datetime
    moving: bool
    counts: Counter[Key]
    domains: Counter[Key]


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
            self._write(day, self._read(day, now))
        return days

    def counted_at(self) -> datetime | None:
        """When the oldest figure of the last two days was counted; None before the first."""
        latest = select(counted_days.c.at).order_by(counted_days.c.day.desc()).limit(2)
        with self._engine.connect() as connection:
            return min(connection.execute(latest).scalars(), default=None)

    def of(self, day: date, now: datetime) -> Tally:
        """A day's tally, as new as a page can have it without keeping its reader waiting."""
        known = self._known(day)
        if known and known.counts.total() >= FEW and not _is_old(known, day, now):
            return known
        found = self._read(day, now)
        if found.counts.total() >= FEW:
            self._write(day, found)
        return found

    def _known(self, day: date) -> Tally | None:
        c, told = delivery_days.c, counted_days.c
        query = select(c.kind, c.state, c.reason, c.number).where(c.day == day)
        with self._engine.connect() as connection:
            row = connection.execute(select(counted_days).where(told.day == day)).first()
            if row is None:
                return None
            counts = Counter({tuple(key): n for *key, n in connection.execute(query)})
        return Tally(at=row.at, moving=row.moving, counts=counts, domains=Counter())

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

    def _read(self, day: date, now: datetime) -> Tally:
        with self._engine.connect() as connection:
            by_reason, by_domain, moving = _read(connection, day)
            by_reason.update(_without(connection, day))
        return Tally(at=now, moving=moving, counts=_with_few_reasons(by_reason), domains=by_domain)

    def _write(self, day: date, tally: Tally) -> None:
        """Keeps one day's tally. It was read before: a count keeps no sender waiting."""
        with writing(self._engine).begin() as connection:
            _replace(connection, delivery_days, day, tally.counts)
            _replace(connection, domain_days, day, tally.domains)
            told = {"at": tally.at, "moving": tally.moving}
            new = inserting(connection, counted_days).values(day=day, **told)
            connection.execute(new.on_conflict_do_update(index_elements=["day"], set_=told))


def _is_old(known: Tally, day: date, now: datetime) -> bool:
    """Whether something may have happened since that the operator looks for."""
    ended = not known.moving and day < now.astimezone(UTC).date() - _DAY
    return not ended and abs(now - known.at) > FRESH


def _read(connection: Connection, day: date) -> tuple[Counter[Key], Counter[Key], bool]:
    c = deliveries.c
    begin = datetime.combine(day, time(), UTC)
    reason = case((c.state.in_([state.value for state in _EXPLAINED]), c.text), else_="")
    waits = or_(c.next_attempt_at.is_not(None), c.state.in_(_OPEN))
    facts = (c.kind, c.state, reason, c.domain, c.enhanced)
    query = (
        select(*facts, func.count(), func.max(case((waits, 1), else_=0)))
        .where(c.due_at >= begin, c.due_at < begin + _DAY)
        .group_by(*facts)
    )
    by_reason: Counter[Key] = Counter()
    by_domain: Counter[Key] = Counter()
    moving = False
    for kind, state, why, domain, enhanced, number, waiting in connection.execute(query):
        by_reason[kind, state, _reason(state, why)] += number
        by_domain[domain, state, enhanced] += number
        moving = moving or bool(waiting)
    return by_reason, by_domain, moving


def _without(connection: Connection, day: date) -> Counter[Key]:
    """Readers' days for which no digest was planned."""
    c = reader_days.c
    query = select(c.outcome, c.reason, func.count()).where(c.day == day)
    found = connection.execute(query.group_by(c.outcome, c.reason))
    counts: Counter[Key] = Counter()
    for outcome, reason, number in found:
        counts["", outcome, _one_line(reason)] += number
    return counts


def _with_few_reasons(counts: Counter[Key]) -> Counter[Key]:
    """The most common reasons of each kind and state by name, the rest together."""
    found: Counter[Key] = Counter()
    for group, same in groupby(sorted(counts.items()), key=lambda item: item[0][:2]):
        most_first = sorted(same, key=lambda item: -item[1])
        for place, (key, number) in enumerate(most_first):
            found[key if place < REASONS else (*group, OTHERS)] += number
    return found


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


def _reason(state: str, text: str) -> str:
    return shortened(text) if state == DeliveryState.SKIPPED else _one_line(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_REASON].strip()


def shortened(reason: str) -> str:
    """A reason without what is each reader's own: what follows its first stop."""
    ends = [at for at in (reason.find(mark) for mark in ":;,.(") if at > 0]
    return reason[: min([*ends, _REASON])].strip()
