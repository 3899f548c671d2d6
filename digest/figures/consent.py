"""How many subscriptions stood where at the end of each day.

Today is counted from the subscriptions themselves. Days on which nothing counted are drawn from
the lines of consent; who was erased since is missing there, as they asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, func, select

from digest.figures.tables import consent_days
from subscribers.consent import Action, after
from subscribers.errors import InvalidTransition
from subscribers.model import SubscriptionStatus
from subscribers.storage import inserting, writing
from subscribers.tables import consents, subscribers

#: So many days are kept counted.
KEPT = 90
_DAY = timedelta(days=1)
_BATCH = 1000
Moves = dict[date, Counter[SubscriptionStatus]]


@dataclass(frozen=True, slots=True)
class ConsentDay:
    """How many subscriptions stood where at the end of a day, in UTC."""

    day: date
    counts: Counter[SubscriptionStatus]


class ConsentDays:
    """The days of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, now: datetime) -> list[date]:
        """Counts today, and the days of late on which nothing counted; these days."""
        today = now.astimezone(UTC).date()
        span = [today - back * _DAY for back in range(KEPT - 1, 0, -1)]
        c = subscribers.c
        with self._engine.connect() as connection:
            known = set(connection.execute(select(consent_days.c.day).distinct()).scalars())
            missing = [day for day in span if day not in known]
            found = _drawn(connection, missing) if missing else {}
            present = select(c.status, func.count()).group_by(c.status)
            found[today] = Counter(
                {SubscriptionStatus(s): n for s, n in connection.execute(present)}
            )
        self._write(found)
        return list(found)

    def days(self, until: date, count: int = KEPT) -> list[ConsentDay]:
        """The counted ones of so many days up to and with `until`, oldest first."""
        c = consent_days.c
        query = select(consent_days).where(c.day > until - count * _DAY, c.day <= until)
        found: dict[date, Counter[SubscriptionStatus]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query.order_by(c.day)):
                counts = found.setdefault(row.day, Counter())
                counts[SubscriptionStatus(row.status)] = row.number
        return [ConsentDay(day, counts) for day, counts in found.items()]

    def _write(self, found: Moves) -> None:
        rows = [
            {"day": day, "status": status, "number": counts[status]}
            for day, counts in found.items()
            for status in SubscriptionStatus  # those with none, too: the day was counted
        ]
        with writing(self._engine).begin() as connection:
            new = inserting(connection, consent_days)
            changed = {"number": new.excluded["number"]}
            counted = new.on_conflict_do_update(index_elements=["day", "status"], set_=changed)
            for at in range(0, len(rows), _BATCH):
                connection.execute(counted, rows[at : at + _BATCH])


def _drawn(connection: Connection, days: list[date]) -> Moves:
    """Days from the lines of consent."""
    moves: Moves = {}
    for day, status, number in _moves(connection):
        moves.setdefault(day, Counter())[status] += number
    standing: Counter[SubscriptionStatus] = Counter()
    found: Moves = {}
    moved = sorted(moves)
    for day in days:
        while moved and moved[0] <= day:
            standing.update(moves[moved.pop(0)])
        found[day] = Counter(standing)
    return found


def _moves(connection: Connection) -> Iterator[tuple[date, SubscriptionStatus, int]]:
    """By how much each line of consent changed the number of a status, and when."""
    c = consents.c
    query = select(c.subscriber_id, c.action, c.at).order_by(c.subscriber_id, c.id)
    reader, status = 0, None
    for number, action, at in connection.execution_options(yield_per=5000).execute(query):
        before = status if number == reader else None
        reader, status = number, _after(before, action)
        if status is not before:
            if before:
                yield at.date(), before, -1
            if status:
                yield at.date(), status, 1


def _after(status: SubscriptionStatus | None, action: str) -> SubscriptionStatus | None:
    """A line that no rule allows, such as another program's, changes nothing."""
    try:
        return after(status, Action(action))
    except (InvalidTransition, ValueError):
        return status
