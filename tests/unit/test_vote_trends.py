from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest import words
from digest.archive.growth import trend_of
from digest.model import Trend
from digest.rendering.papers import Detail, paper_fields
from digest.testing import make_paper

NOW = datetime(2026, 8, 21, 8, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def ago(hours: float, upvotes: int) -> tuple[datetime, int]:
    return NOW - timedelta(hours=hours), upvotes


@pytest.mark.parametrize(
    ("seen", "span", "trend"),
    [
        ([ago(30, 12), ago(3, 42)], DAY, Trend(30, 24)),
        ([ago(48, 5), ago(24, 12), ago(3, 42)], DAY, Trend(30, 24)),  # the one that held then
        ([ago(5, 38), ago(1, 42)], DAY, Trend(4, 5)),  # first seen five hours ago
        ([ago(96, 2), ago(3, 42)], WEEK, Trend(40, 96)),
        ([ago(300, 0), ago(3, 42)], WEEK, Trend(42, 168)),
    ],
)
def test_growth_is_counted_from_what_held_when_the_span_began(
    seen: list[tuple[datetime, int]], span: timedelta, trend: Trend
) -> None:
    assert trend_of(seen, 42, NOW, span) == trend


@pytest.mark.parametrize(
    "seen",
    [
        [],
        [ago(3, 42)],  # seen once
        [ago(90, 1), ago(30, 42)],  # nothing since
        [ago(30, 50), ago(3, 42)],  # votes were taken back
        [ago(0.2, 1), ago(0.1, 42)],  # within the hour
    ],
)
def test_what_did_not_grow_has_no_trend(seen: list[tuple[datetime, int]]) -> None:
    assert trend_of(seen, 42, NOW, DAY) is None


@pytest.mark.parametrize(
    ("hours", "english", "german"),
    [
        (1, "+30 in an hour", "+30 in einer Stunde"),
        (5, "+30 in 5 hours", "+30 in 5 Stunden"),
        (24, "+30 since yesterday", "+30 seit gestern"),
        (100, "+30 in 4 days", "+30 in 4 Tagen"),
    ],
)
def test_a_trend_is_told_in_words(hours: int, english: str, german: str) -> None:
    paper = make_paper(1, upvotes=42, trend=Trend(30, hours))
    told = [paper_fields(paper, words.load(tag), Detail.FULL).trend for tag in ("en", "de")]
    assert told == [english, german]
