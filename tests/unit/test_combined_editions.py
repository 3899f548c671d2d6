"""Editions of several sources under one date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from digest.editions import (
    combine,
    combined_state,
    gathered,
)
from digest.model import DayState, Edition, EditionState, Paper
from digest.testing import make_paper
from tests.unit.test_editions import DAY, TITLE_ONLY, WITH_ID, answer


def edition(source: str, *papers: Paper, state: EditionState, reason: str = "") -> Edition:
    return Edition(date=DAY, papers=papers, state=state, source=source, reason=reason)


def test_a_date_of_two_sources_is_one_view_with_each_paper_once() -> None:
    one = edition("hub", TITLE_ONLY, state=EditionState.SETTLED)
    two = edition("lab", WITH_ID, make_paper(2), state=EditionState.SETTLED)
    both = combine([one, two])
    assert (both.source, both.state) == ("hub+lab", EditionState.SETTLED)
    assert [paper.key for paper in both.papers] == [WITH_ID.key, make_paper(2).key]


def test_a_combined_date_tells_whose_reason_it_is() -> None:
    one = edition("hub", make_paper(), state=EditionState.SETTLED)
    two = edition("arxiv", state=EditionState.EMPTY, reason="holiday")
    assert combine([one, two]).reason == "arxiv: holiday"
    assert combine([two]) == two


def test_editions_of_two_dates_are_not_combined() -> None:
    one = edition("hub", state=EditionState.EMPTY)
    with pytest.raises(ValueError, match="one date"):
        combine([one, replace(one, date=date(2026, 8, 21))])


@pytest.mark.parametrize(
    ("states", "combined"),
    [("settled filling", "filling"), ("failed settled", "settled"), ("empty failed", "failed")],
)
def test_one_source_that_fills_keeps_the_date_open(states: str, combined: str) -> None:
    assert combined_state([EditionState(name) for name in states.split()]) == combined


def test_answers_of_one_source_and_day_are_taken_together() -> None:
    later = replace(answer(1), date=date(2026, 8, 21))
    found = gathered([later, answer(1), answer(2, DayState.CLOSED)])
    assert [(day.date.day, len(day.papers), day.state.value) for day in found] == [
        (20, 3, "closed"),
        (21, 1, "open"),
    ]
