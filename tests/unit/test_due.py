from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.due import (
    after_edit,
    due_on,
    dues,
    is_on,
    last_due,
    local_day,
    next_due,
    waits_until,
)
from subscribers.errors import InvalidSchedule
from subscribers.model import Cadence, Schedule

ZONES = sorted(available_timezones() - {"localtime"})
# Samoa left out a day within these years, Greenland still moves its clocks at midnight.
START, YEARS = datetime(1995, 1, 1, tzinfo=UTC), timedelta(days=365 * 41)
instants = st.timedeltas(timedelta(0), YEARS).map(lambda since: START + since)
schedules = st.builds(
    Schedule,
    cadence=st.sampled_from(Cadence),
    weekday=st.integers(0, 6),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    timezone=st.sampled_from(ZONES),
    latest_hour=st.none() | st.integers(0, 23),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(schedules, instants)
def test_each_local_day_of_the_schedule_is_due_exactly_once(
    schedule: Schedule, start: datetime
) -> None:
    end = start + timedelta(days=40)
    found = list(dues(schedule, next_due(schedule, start), end))
    days = Counter(local_day(schedule, due) for due in found)
    assert set(days.values()) <= {1}
    first, last = local_day(schedule, start), local_day(schedule, end)
    inner = (first + timedelta(days=n) for n in range(1, (last - first).days))
    expected = {day for day in inner if due_on(schedule, day)}
    assert expected <= set(days)
    assert all(is_on(schedule, day) for day in days)


@given(schedules, instants)
def test_the_next_is_later_and_nothing_lies_between(schedule: Schedule, start: datetime) -> None:
    following = next_due(schedule, start)
    assert following > start
    assert next_due(schedule, following - timedelta(microseconds=1)) == following
    assert last_due(schedule, following + timedelta(microseconds=1)) == following
    assert next_due(schedule, last_due(schedule, following)) == following


@given(schedules, instants)
def test_it_is_due_at_the_wall_time_unless_the_clocks_change(
    schedule: Schedule, start: datetime
) -> None:
    due = next_due(schedule, start)
    local = due.astimezone(ZoneInfo(schedule.timezone))
    calm = local.utcoffset() == (due - timedelta(days=1)).astimezone(local.tzinfo).utcoffset()
    assert (local.hour, local.minute) == (schedule.hour, schedule.minute) or not calm


@given(schedules, instants)
def test_waiting_ends_on_the_same_day(schedule: Schedule, start: datetime) -> None:
    due = next_due(schedule, start)
    until = waits_until(schedule, due)
    assert until is None or (until > due and local_day(schedule, until) == local_day(schedule, due))


@given(schedules, schedules, instants, instants)
def test_an_edit_never_loses_what_is_due(
    before: Schedule, after: Schedule, start: datetime, now: datetime
) -> None:
    due = next_due(before, start)
    changed = after_edit(before, after, due, now)
    assert changed == (due if due <= now or before == after else next_due(after, now))


def test_an_hour_that_the_clocks_leave_out_is_read_with_the_offset_before() -> None:
    berlin = Schedule(cadence=Cadence.DAILY, hour=2, minute=30, timezone="Europe/Berlin")
    assert due_on(berlin, date(2026, 3, 29)) == at("2026-03-29T01:30")  # 03:30 in Berlin


def test_an_hour_that_comes_twice_is_due_the_first_time() -> None:
    berlin = Schedule(cadence=Cadence.DAILY, hour=2, minute=30, timezone="Europe/Berlin")
    assert due_on(berlin, date(2026, 10, 25)) == at("2026-10-25T00:30")
    assert next_due(berlin, at("2026-10-25T00:30")) == at("2026-10-26T01:30")


def test_a_gap_before_midnight_moves_no_digest_to_another_day() -> None:
    nuuk = Schedule(cadence=Cadence.DAILY, hour=23, minute=45, timezone="America/Nuuk")
    day = date(2025, 3, 29)  # 23:00 was followed by 00:00 of the 30th
    assert due_on(nuuk, day) == at("2025-03-30T00:45")  # 22:45
    assert local_day(nuuk, at("2025-03-30T00:45")) == day


def test_a_day_that_never_was_is_not_due() -> None:
    apia = Schedule(cadence=Cadence.DAILY, timezone="Pacific/Apia")
    assert due_on(apia, date(2011, 12, 30)) is None


def test_weekdays_leave_out_the_weekend_of_the_reader_not_of_the_server() -> None:
    tokyo = Schedule(hour=6, timezone="Asia/Tokyo")
    friday = at("2026-08-20T21:00")  # Friday 06:00 in Tokyo
    assert next_due(tokyo, friday) == at("2026-08-23T21:00")  # Monday there, Sunday in UTC


def test_a_weekly_digest_is_due_on_its_day() -> None:
    kolkata = Schedule(cadence=Cadence.WEEKLY, weekday=4, hour=16, timezone="Asia/Kolkata")
    assert next_due(kolkata, at("2026-08-20T00:00")) == at("2026-08-21T10:30")


def test_a_latest_hour_before_the_hour_waits_for_nothing() -> None:
    schedule = Schedule(hour=9, latest_hour=8)
    assert waits_until(schedule, at("2026-08-20T09:00")) is None


def test_an_unknown_time_zone_is_named_with_what_is_allowed() -> None:
    with pytest.raises(InvalidSchedule, match=r"'Mars/Olympus' is not a possible time zone"):
        next_due(Schedule(timezone="Mars/Olympus"), at("2026-08-20T00:00"))
