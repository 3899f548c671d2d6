from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.arxiv import calendar

MONDAY = date(2026, 8, 17)
DAY = timedelta(days=1)
dates = st.dates(date(2024, 1, 3), date(2026, 12, 30))


@pytest.mark.parametrize("weekday", range(5))
def test_there_is_an_edition_from_monday_to_friday(weekday: int) -> None:
    assert calendar.why_none(MONDAY + weekday * DAY) == ""


def test_there_is_none_on_a_weekend() -> None:
    assert calendar.why_none(date(2026, 8, 22)).startswith("weekend")
    assert calendar.why_none(date(2026, 8, 23)).startswith("weekend")


def test_the_day_after_a_holiday_has_none() -> None:
    assert "evening of 2026-11-26" in calendar.why_none(date(2026, 11, 27))
    assert calendar.why_none(date(2026, 11, 26)) == ""


def test_papers_are_announced_at_eight_in_the_evening_before() -> None:
    assert calendar.announced_at(MONDAY) == datetime(2026, 8, 17, 0, tzinfo=UTC)
    assert calendar.announced_at(date(2026, 1, 13)) == datetime(2026, 1, 13, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "since", "until"),
    [
        (date(2026, 8, 17), "2026-08-13 18:00", "2026-08-14 18:00"),  # Thursday to Friday
        (date(2026, 8, 18), "2026-08-14 18:00", "2026-08-17 18:00"),  # Friday to Monday
        (date(2026, 8, 19), "2026-08-17 18:00", "2026-08-18 18:00"),
        (date(2026, 8, 20), "2026-08-18 18:00", "2026-08-19 18:00"),
        (date(2026, 8, 21), "2026-08-19 18:00", "2026-08-20 18:00"),
        # Thanksgiving's announcement goes out on the next evening that has one, a Sunday.
        (date(2026, 11, 30), "2026-11-25 19:00", "2026-11-27 19:00"),
    ],
)
def test_a_day_holds_the_submissions_between_two_cut_offs(
    day: date, since: str, until: str
) -> None:
    found = [f"{moment:%Y-%m-%d %H:%M}" for moment in calendar.submissions(day)]
    assert found == [since, until]


@given(dates)
def test_every_submission_belongs_to_exactly_one_edition(day: date) -> None:
    if calendar.why_none(day):
        with pytest.raises(ValueError, match=r"weekend|holiday"):
            calendar.submissions(day)
        return
    following = day + DAY
    while calendar.why_none(following):
        following += DAY
    assert calendar.submissions(day)[1] == calendar.submissions(following)[0]


@given(dates)
def test_nothing_is_announced_before_it_was_submitted(day: date) -> None:
    if not calendar.why_none(day):
        assert calendar.submissions(day)[1] < calendar.announced_at(day)


def test_the_feed_bears_the_date_of_the_eastern_midnight() -> None:
    assert calendar.feed_date(datetime(2026, 8, 20, 3, 59, tzinfo=UTC)) == date(2026, 8, 19)
    assert calendar.feed_date(datetime(2026, 8, 20, 4, 0, tzinfo=UTC)) == date(2026, 8, 20)


def test_holidays_are_known_for_this_year() -> None:
    assert {2024, 2025, 2026} <= calendar.known_years()
