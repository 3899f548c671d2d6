"""Whether an installation does its work, told from its database. Judging is pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from digest.archive import Archive
from digest.calendars import Calendar
from digest.delivery import Outbox
from digest.metrics import Reading
from digest.outcomes import SILENT, Outcomes
from digest.publish import standing
from digest.publish.readers import SCHEDULED
from subscribers.tables import subscribers


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on something counts as not working.

    Attributes:
        pull: no source has answered well for so long.
        drain: a delivery has been due for so long.
        late: a reader has been due for so long.
        tick: the schedule has not looked for so long; `timedelta.max` where there is none.
    """

    pull: timedelta = timedelta(hours=3)
    drain: timedelta = timedelta(minutes=15)
    late: timedelta = timedelta(minutes=5)
    tick: timedelta = SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What health is judged by; every instant is None where there is none.

    Attributes:
        answered: when a source last gave a good answer.
        undelivered: since when the longest waiting delivery is due.
        overdue: since when the longest waiting reader is due.
        due: how many readers are due.
        ticked: when the schedule last looked.
        behind: seconds since each source's last good answer, by source.
        states: how many recent editions stand where.
        deliveries: how many deliveries stand where.
    """

    answered: datetime | None
    undelivered: datetime | None
    overdue: datetime | None
    due: int
    ticked: datetime | None
    behind: dict[str, float]
    states: dict[str, int]
    deliveries: dict[str, int]


def judge(health: Health, now: datetime, limits: Limits | None = None) -> list[str]:
    """What does not work, in words; empty where all does."""
    limits = limits or Limits()
    return list(_faults(health, now, limits))


def _faults(health: Health, now: datetime, limits: Limits) -> Iterator[str]:
    if health.answered is None:
        yield "no edition could be pulled yet"
    elif now - health.answered > limits.pull:
        yield f"no source has answered well since {health.answered:%Y-%m-%d %H:%M} UTC"
    if health.undelivered is not None and now - health.undelivered > limits.drain:
        yield f"the outbox does not drain: a delivery is due since {health.undelivered:%H:%M} UTC"
    if health.overdue is not None and now - health.overdue > limits.late:
        yield f"the schedule is late: a reader is due since {health.overdue:%H:%M} UTC"
    scheduled = limits.tick < timedelta.max  # who sends by cron has no schedule
    if scheduled and (health.ticked is None or now - health.ticked > limits.tick):
        yield "the schedule does not run"


def read_health(
    engine: Engine,
    archive: Archive,
    outbox: Outbox,
    calendars: Sequence[Calendar],
    now: datetime,
    *,
    counted: bool = True,
) -> Health:
    """The facts of this moment.

    Deliveries are counted by their state only where they are to be `counted`: it reads all of
    them.
    """
    known = standing.standings(archive, now)
    answers: dict[str, datetime] = {}
    states: dict[str, int] = {}
    for (source, _), its in known.items():
        states[its.state] = states.get(its.state, 0) + 1
        if its.fetched_at is not None:
            answers[source] = max(answers.get(source, its.fetched_at), its.fetched_at)
    overdue, due = _due(engine, now)
    undelivered = outbox.next_attempt_at()
    return Health(
        answered=max(answers.values(), default=None),
        undelivered=undelivered if undelivered and undelivered <= now else None,
        overdue=overdue,
        due=due,
        ticked=Outcomes(engine).last_seen("run"),
        behind={c.source: _behind(answers.get(c.source), now) for c in calendars},
        states=states,
        deliveries={str(state): n for state, n in outbox.counts().items()} if counted else {},
    )


def readings(health: Health) -> list[Reading]:
    """The same for Prometheus."""
    return [
        Reading(
            name="digest_editions",
            help="Recent editions by state.",
            label="state",
            values=health.states,
        ),
        Reading(
            name="digest_source_lag_seconds",
            help="Time since a source's last good answer.",
            label="source",
            values=health.behind,
        ),
        Reading(
            name="digest_readers_due",
            help="Readers whose hour has come and who are not planned.",
            values={"": float(health.due)},
        ),
        Reading(
            name="digest_deliveries",
            help="Deliveries in the outbox by state.",
            label="state",
            values=health.deliveries,
        ),
    ]


def _due(engine: Engine, now: datetime) -> tuple[datetime | None, int]:
    c = subscribers.c
    query = select(func.min(c.due_at), func.count()).where(c.status.in_(SCHEDULED), c.due_at <= now)
    with engine.connect() as connection:
        overdue, due = connection.execute(query).one()
    return overdue, int(due)


def _behind(answered: datetime | None, now: datetime) -> float:
    return (now - answered).total_seconds() if answered else float("inf")
