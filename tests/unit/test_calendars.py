from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.calendars import Calendar, calendar_of
from digest.settings import ArxivSource, FeedSource, HuggingFaceSource

DAY = date(2026, 8, 20)
HUB = calendar_of(HuggingFaceSource())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_hugging_faces_day_is_settled_before_europe_gets_up() -> None:
    assert HUB.opens_at(DAY) == at("2026-08-20T00:00")
    assert HUB.settles_at(DAY) == at("2026-08-21T02:00")
    assert HUB.last_call(DAY) == at("2026-08-21T06:00")


def test_arxivs_dates_are_those_of_new_york() -> None:
    arxiv = calendar_of(ArxivSource(kind="arxiv", categories=("cs.LG",)))
    assert arxiv.today(at("2026-08-21T02:00")) == DAY
    assert arxiv.deadline_of(DAY) == at("2026-08-20T05:00")


def test_a_feed_may_list_on_a_sunday_and_hugging_face_does_not() -> None:
    sunday = date(2026, 8, 23)
    feed = FeedSource(kind="feed", name="lab", url="https://lab.example.org/feed")
    assert calendar_of(feed).expects(sunday)
    assert not HUB.expects(sunday)


def test_a_day_is_asked_for_more_often_near_its_end() -> None:
    assert HUB.pause(DAY, at("2026-08-20T08:00")) == timedelta(minutes=30)
    assert HUB.pause(DAY, at("2026-08-20T23:00")) == timedelta(minutes=10)
    assert HUB.pause(DAY, at("2026-08-21T01:00")) == timedelta(minutes=10)


def test_a_source_in_trouble_is_asked_less_and_less() -> None:
    pauses = [HUB.pause(DAY, at("2026-08-21T01:00"), failures) for failures in (1, 2, 3, 20)]
    assert pauses == [timedelta(minutes=n) for n in (5, 10, 20, 30)]


def test_the_open_days_are_the_recent_ones_that_have_begun() -> None:
    days = list(HUB.open_days(at("2026-08-20T10:00")))
    assert (days[0], days[-1]) == (date(2026, 8, 15), DAY)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.sampled_from(["UTC", "America/New_York"]))
def test_a_day_opens_ends_and_settles_in_this_order(day: date, timezone: str) -> None:
    calendar = Calendar(source="any", timezone=timezone)
    order = [calendar.opens_at(day), calendar.deadline_of(day)]
    order += [calendar.settles_at(day), calendar.last_call(day)]
    assert order == sorted(order)
    assert calendar.opens_at(day + timedelta(days=1)) == calendar.deadline_of(day)
