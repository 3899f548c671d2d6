"""What follows for a reader's day of which nothing was recorded. Telling it is pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import Engine, func, select

from subscribers.consent import Action
from subscribers.due import due_on, local_day
from subscribers.model import Cadence, Schedule, Subscriber, SubscriptionStatus
from subscribers.past import Schedules
from subscribers.tables import consents, subscribers


class Told(TypedDict):
    """An outcome and its reason, in words."""

    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What days without a record are told by.

    Attributes:
        due_at: when they are due next.
        left_at: when they unsubscribed last.
    """

    reader: Subscriber
    schedules: Schedules
    due_at: datetime | None = None
    left_at: datetime | None = None


def standing_of(engine: Engine, reader: Subscriber, schedules: Schedules) -> Standing:
    """Reads it."""
    c = consents.c
    left = select(func.max(c.at)).where(
        c.subscriber_id == reader.id, c.action == Action.UNSUBSCRIBE
    )
    due = select(subscribers.c.due_at).where(subscribers.c.id == reader.id)
    with engine.connect() as connection:
        return Standing(
            reader=reader,
            schedules=schedules,
            due_at=connection.execute(due).scalar_one_or_none(),
            left_at=connection.execute(left).scalar_one(),
        )


def tell(standing: Standing, day: date) -> Told:
    """What became of a day, by the schedules that held on it."""
    reader, theirs = standing.reader, standing.schedules.on(day)
    if told := _no_reader(standing, day):
        return told
    if all(due_on(schedule, day) is None for schedule in theirs):
        return Told(outcome=_off(theirs, day), reason="their schedule leaves it out")
    if len(theirs) > 1:
        why = "schedule or time zone were changed, and their hour did not come on this day"
        return Told(outcome="changed", reason=why)
    if standing.due_at and day < local_day(reader.schedule, standing.due_at):
        why = "their hour did not come on this day: schedule or time zone were changed"
        return Told(outcome="changed", reason=why)
    return Told(outcome="not due yet", reason="nothing was decided for this day")


def _no_reader(standing: Standing, day: date) -> Told | None:
    """Whether they received nothing on this day because they did not want it."""
    reader = standing.reader
    if reader.status is SubscriptionStatus.UNCONFIRMED or reader.confirmed_at is None:
        return Told(outcome="unconfirmed", reason="they have not confirmed yet")
    begun = local_day(standing.schedules.at(reader.confirmed_at), reader.confirmed_at)
    if day < begun:
        return Told(outcome="not yet a reader", reason=f"they confirmed on {begun}")
    if day == begun and _is_past_hour(standing, day):
        return Told(outcome="not yet a reader", reason="they confirmed after their hour")
    left = standing.left_at
    if reader.status is SubscriptionStatus.UNSUBSCRIBED:
        gone = local_day(standing.schedules.at(left), left) if left else begun
        if day >= gone:
            return Told(outcome="unsubscribed", reason=f"they left on {gone}")
    return None


def _is_past_hour(standing: Standing, day: date) -> bool:
    confirmed_at = standing.reader.confirmed_at
    at = due_on(standing.schedules.on(day)[0], day)
    return at is not None and confirmed_at is not None and at <= confirmed_at


def _off(theirs: list[Schedule], day: date) -> str:
    weekend = all(s.cadence is Cadence.WEEKDAYS for s in theirs) and day.weekday() >= 5
    return "weekend" if weekend else "not a day of theirs"
