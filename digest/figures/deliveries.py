"""What became of the deliveries of many days, read from the tallies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Engine, func, select

from digest.delivery import Heap
from digest.figures.tables import delivery_days, domain_days
from digest.model import DAILY, WEEKLY, DeliveryState
from digest.outcomes import DayOutcome
from subscribers.tables import suppressions

#: Gmail asks senders to keep complaints below the first and never to reach the second
#: (https://support.google.com/a/answer/81126).
KEEP_BELOW, NEVER_REACH = 0.001, 0.003
SENT, DEFERRED, FAILED, WAITING, SKIPPED = "sent", "deferred", "failed", "waiting", "skipped"
_DAY = timedelta(days=1)
_MEANS = {
    DeliveryState.ACCEPTED: SENT,
    DeliveryState.UNCERTAIN: SENT,  # the answer never came: it has probably arrived
    DeliveryState.DEFERRED: DEFERRED,
    DeliveryState.BOUNCED: FAILED,
    DeliveryState.FAILED: FAILED,
    DeliveryState.PLANNED: WAITING,
    DeliveryState.SENDING: WAITING,
    DeliveryState.HELD: WAITING,
    DeliveryState.SKIPPED: SKIPPED,
}


@dataclass(frozen=True, slots=True)
class Day:
    """What became of the digests that were due on a day, in UTC.

    Attributes:
        counts: of `sent`, `deferred`, `failed`, `waiting`, `skipped`.
        reasons: why readers got nothing, and how many; those without a digest are among them.
    """

    day: date
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def due(self) -> int:
        """How many digests were due: sent or still to be sent, and those that failed."""
        return self.counts.total() - self.counts[SKIPPED]


@dataclass(frozen=True, slots=True)
class Host:
    """A recipient domain's deliveries of some days.

    Attributes:
        counts: as of a `Day`.
        codes: what its servers said where they did not accept, by enhanced code and how often.
    """

    domain: str
    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Rate:
    """Bounces of what was due on a day, and complaints that came on it.

    Attributes:
        sent: attempts that ended, bounces included; 0 where there was nothing to complain of.
    """

    day: date
    sent: int
    bounced: int
    complaints: int

    @property
    def bounce_rate(self) -> float:
        """Of 1."""
        return self.bounced / self.sent if self.sent else 0.0

    @property
    def complaint_rate(self) -> float:
        """Of 1."""
        return self.complaints / self.sent if self.sent else 0.0


class Figures:
    """The deliveries of one database, by day and by domain."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def days(self, until: date, count: int = 30) -> list[Day]:
        """What became of the digests of so many days up to and with `until`, oldest first."""
        found = {day: Day(day) for day in _span(until, count)}
        c = delivery_days.c
        query = select(c.day, c.kind, c.state, c.reason, c.number).where(
            c.day > until - count * _DAY, c.day <= until, c.kind.in_((DAILY, WEEKLY, ""))
        )
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                means = _means(row.state) if row.kind else _meant(row.state)
                found[row.day].counts[means] += row.number
                if not row.kind or means == SKIPPED:
                    why = row.reason if row.kind else row.state
                    found[row.day].reasons[why or "no reason given"] += row.number
        return list(found.values())

    def hosts(self, until: date, count: int = 7, most: int = 25) -> list[Host]:
        """The domains with most deliveries in so many days, the largest first."""
        c = domain_days.c
        total = func.sum(c.number)
        within = (c.day > until - count * _DAY, c.day <= until)
        largest = select(c.domain).where(*within).group_by(c.domain)
        largest = largest.order_by(total.desc(), c.domain).limit(most)
        with self._engine.connect() as connection:
            found = {name: Host(name) for name in connection.execute(largest).scalars()}
            query = select(c.domain, c.state, c.enhanced, total).where(*within)
            query = query.where(c.domain.in_(found))
            query = query.group_by(c.domain, c.state, c.enhanced)
            for domain, state, enhanced, number in connection.execute(query):
                means = _means(state)
                found[domain].counts[means] += number
                if means in (DEFERRED, FAILED):
                    found[domain].codes[enhanced or "none"] += number
        return list(found.values())

    def heaps(self, until: date, count: int = 14) -> list[Heap]:
        """What waited when its day was counted, by domain, state and code; the largest first.

        For an outbox of which a page cannot read every row.
        """
        c = domain_days.c
        number = func.sum(c.number)
        query = (
            select(c.domain, c.state, c.enhanced, number, func.min(c.day))
            .where(c.day > until - count * _DAY, c.day <= until, c.state.in_(_WAITING))
            .group_by(c.domain, c.state, c.enhanced)
            .order_by(number.desc(), c.domain, c.state)
        )
        with self._engine.connect() as connection:
            return [_heap(*row) for row in connection.execute(query)]

    def rates(self, until: date, count: int = 30) -> list[Rate]:
        """Bounces and complaints by day, oldest first."""
        sent: Counter[date] = Counter()
        bounced: Counter[date] = Counter()
        c = delivery_days.c
        query = select(c.day, c.state, c.number).where(
            c.day > until - count * _DAY, c.day <= until, c.state.in_(_ANSWERED)
        )
        with self._engine.connect() as connection:
            for day, state, number in connection.execute(query):
                sent[day] += number
                bounced[day] += number if state == DeliveryState.BOUNCED else 0
        complaints = self._complaints(until, count)
        return [Rate(d, sent[d], bounced[d], complaints[d]) for d in _span(until, count)]

    def _complaints(self, until: date, count: int) -> Counter[date]:
        c = suppressions.c
        since = datetime.combine(until - (count - 1) * _DAY, time(), UTC)
        query = select(c.at).where(c.reason == "complaint", c.at >= since)
        with self._engine.connect() as connection:
            return Counter(at.date() for at in connection.execute(query).scalars())


_ANSWERED = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.BOUNCED)


_WAITING = (
    DeliveryState.PLANNED,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
    DeliveryState.HELD,
)


def _heap(domain: str, state: str, enhanced: str, number: int, day: date) -> Heap:
    oldest = datetime.combine(day, time(), UTC)
    found = DeliveryState(state)
    return Heap(
        domain=domain, state=found, count=number, code=0, why=enhanced, oldest=oldest, next=None
    )


def _means(state: str) -> str:
    return _MEANS[DeliveryState(state)]


def _meant(outcome: str) -> str:
    """Of a day without a delivery."""
    return FAILED if outcome == DayOutcome.FAILED else SKIPPED


def _span(until: date, count: int) -> list[date]:
    return [until - back * _DAY for back in range(count - 1, -1, -1)]
