"""Too many papers for one mail: the last ones shrink first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.budget import plan
from digest.rendering.papers import Detail

SIZES = {Detail.FULL: 100, Detail.SHORT: 60, Detail.TITLE: 20}


def shown(count: int, room: int) -> str:
    return "".join(detail.name[0] for detail in plan(count, lambda _, d: SIZES[d], room))


def test_what_fits_is_shown_whole() -> None:
    assert shown(5, 500) == "FFFFF"


def test_the_last_entries_lose_their_text_first() -> None:
    assert shown(5, 430) == "FFFSS"


def test_all_shrink_before_one_becomes_a_title() -> None:
    assert shown(5, 300) == "SSSSS"
    assert shown(5, 220) == "SSSTT"


def test_what_does_not_fit_as_a_title_is_left_out() -> None:
    assert shown(5, 70) == "TTT"
    assert shown(5, 0) == ""


@given(st.integers(0, 50), st.integers(0, 6000))
def test_the_plan_fits_its_room(count: int, room: int) -> None:
    details = plan(count, lambda _, detail: SIZES[detail], room)
    assert sum(SIZES[detail] for detail in details) <= room
