"""When a subscriber's digest is due: pure, from a schedule and an instant.

A reader's day is a date of their own calendar. Each has at most one due instant, and that
instant lies on that date, whatever the clocks do. A wall time that a change of the clocks
repeats is meant at its first occurrence; one that it leaves out is read with the offset before
the change (RFC 5545, section 3.3.5), unless that would fall on another date: then with the
offset after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from subscribers.errors import InvalidSchedule
from subscribers.model import Cadence, Schedule

_DAY = timedelta(days=1)


def due_on(schedule: Schedule, day: date) -> datetime | None:
    """The instant at which a digest is due on a date of the reader's calendar, in UTC.

    None where none is: the schedule leaves the weekday out, or the date does not exist in the
    time zone (Samoa had no 30 December 2011).

    Raises:
        InvalidSchedule: the time zone is unknown.
    """
    if not is_on(schedule, day):
        return None
    return _instant(schedule.timezone, day, time(schedule.hour, schedule.minute))


def is_on(schedule: Schedule, day: date) -> bool:
    """Whether the schedule has this date."""
    if schedule.cadence is Cadence.WEEKLY:
        return day.weekday() == schedule.weekday
    return schedule.cadence is Cadence.DAILY or day.weekday() < 5


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """The first due instant later than `after`, in UTC.

    Raises:
        InvalidSchedule: the time zone is unknown.
    """
    # One day back: where a change of the clocks repeats midnight, a date comes twice.
    day = local_day(schedule, after) - _DAY
    while True:
        at = due_on(schedule, day)
        if at is not None and at > after:
            return at
        day += _DAY


def last_due(schedule: Schedule, before: datetime) -> datetime:
    """The last due instant earlier than `before`, in UTC."""
    day = local_day(schedule, before) + _DAY
    while True:
        at = due_on(schedule, day)
        if at is not None and at < before:
            return at
        day -= _DAY


def dues(schedule: Schedule, first: datetime, until: datetime) -> Iterator[datetime]:
    """Due instants from `first`, which is one whatever the schedule says, up to `until`."""
    at = first
    while at <= until:
        yield at
        at = next_due(schedule, at)


def waits_until(schedule: Schedule, due: datetime) -> datetime | None:
    """Until when the digest of this due instant may wait for editions; None where it does not.

    A latest hour that is not past the due one waits for nothing.
    """
    if schedule.latest_hour is None:
        return None
    until = _instant(schedule.timezone, local_day(schedule, due), time(schedule.latest_hour))
    return until if until is not None and until > due else None


def local_day(schedule: Schedule, at: datetime) -> date:
    """The date of an instant in the reader's time zone."""
    return at.astimezone(_zone(schedule.timezone)).date()


def after_edit(
    before: Schedule, chosen: Schedule, due_at: datetime | None, at: datetime
) -> datetime | None:
    """When a reader is due after they edited their schedule.

    What is due already stays due: a change of the hour loses no digest.

    Args:
        before: the schedule until now.
        chosen: the schedule from now on.
        due_at: as stored; None is never, and stays so.
        at: the instant of the edit.
    """
    if due_at is None or due_at <= at or before == chosen:
        return due_at
    return next_due(chosen, at)


def _instant(timezone: str, day: date, wall: time) -> datetime | None:
    zone = _zone(timezone)
    for fold in (0, 1):
        at = datetime.combine(day, wall.replace(fold=fold), zone).astimezone(UTC)
        if at.astimezone(zone).date() == day:
            return at
    return None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        allowed = "a name of the IANA time zone database, such as Europe/Berlin"
        raise InvalidSchedule(value=name, name="time zone", allowed=allowed) from None
