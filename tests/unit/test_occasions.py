from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.occasions import (
    FRESH_LONG,
    Settled,
    daily,
    iso_week,
    occasion_of_day,
    occasion_of_week,
    second_occasion,
    weekly,
)

THURSDAY = date(2026, 8, 20)
HUB = "huggingface"


def settled(*days: int, source: str = HUB, first: int = 1) -> list[Settled]:
    return [Settled(first + n, source, date(2026, 8, day)) for n, day in enumerate(days)]


def test_a_reader_gets_what_they_have_not_had() -> None:
    held = daily(settled(17, 18, 19), 2, THURSDAY)
    assert [edition.date.day for edition in held.editions] == [19]
    assert (held.upto, held.catch_up) == (3, 0)


def test_nothing_new_holds_nothing_and_gives_nothing() -> None:
    held = daily(settled(17, 18, 19), 3, THURSDAY)
    assert (held.editions, held.upto) == ((), 3)


def test_after_an_outage_only_the_latest_of_each_source_is_sent() -> None:
    arxiv = settled(19, source="arxiv", first=4)
    held = daily([*settled(17, 18, 19), *arxiv], 0, THURSDAY, missed=3)
    assert [(e.source, e.date.day) for e in held.editions] == [(HUB, 19), ("arxiv", 19)]
    assert (held.upto, held.catch_up) == (4, 0)


def test_who_asked_for_it_gets_one_digest_of_all_that_was_missed() -> None:
    held = daily(settled(16, 17, 18, 19), 1, THURSDAY, missed=3, catch_up=True)
    assert [edition.date.day for edition in held.editions] == [17, 18, 19]
    assert held.catch_up == 3


def test_a_first_digest_is_the_latest_edition_alone() -> None:
    held = daily(settled(17, 18, 19), 0, THURSDAY)
    assert [edition.date.day for edition in held.editions] == [19]


def test_an_archive_that_is_filled_backwards_is_no_news() -> None:
    assert daily(settled(1, 2, 3), 0, THURSDAY).editions == ()
    assert daily(settled(1, 2, 3), 0, THURSDAY).upto == 3


def test_a_source_that_was_down_for_days_is_made_up_for_without_a_choice() -> None:
    held = daily(settled(17, 18, 19, first=5), 4, THURSDAY)
    assert [edition.date.day for edition in held.editions] == [17, 18, 19]
    assert held.catch_up == 0


def test_an_occasion_is_the_newest_date_or_its_week() -> None:
    assert occasion_of_day(settled(17, 19, 18)) == "2026-08-19"
    assert occasion_of_week(settled(17, 19, 18)) == "2026-W34"
    assert iso_week(date(2027, 1, 1)) == "2026-W53"


def test_a_second_digest_of_one_date_names_its_sources() -> None:
    assert second_occasion(settled(19, source="arxiv")) == "2026-08-19 arxiv"


numbers = st.lists(st.integers(1, 60), unique=True, max_size=30)


@given(numbers, st.data())
def test_over_any_days_each_fresh_edition_is_held_exactly_once(
    order: list[int], data: st.DataObject
) -> None:
    """Whatever is settled between two digests, in whatever order of dates."""
    editions = [Settled(n, HUB, THURSDAY - timedelta(days=n % 4)) for n in sorted(order)]
    got: list[Settled] = []
    had = 1
    while editions and had < editions[-1].number:
        known = data.draw(st.integers(had, editions[-1].number))
        held = daily([e for e in editions if e.number <= known], had, THURSDAY)
        got += held.editions
        had = max(held.upto, known)
    assert got == [edition for edition in editions if edition.number > 1]


@given(numbers, st.integers(0, 60), st.integers(0, 5), st.booleans())
def test_a_digest_never_goes_back(order: list[int], had: int, missed: int, catch_up: bool) -> None:
    editions = [Settled(n, HUB, THURSDAY - timedelta(days=n % 20)) for n in order]
    for held in (
        daily(editions, had, THURSDAY, missed=missed, catch_up=catch_up),
        weekly(editions, had, THURSDAY),
    ):
        assert held.upto >= had
        assert all(had < edition.number <= held.upto for edition in held.editions)
        assert all(edition.date > THURSDAY - FRESH_LONG for edition in held.editions)
