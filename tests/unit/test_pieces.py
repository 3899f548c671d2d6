"""Pieces that packed digests share."""

from __future__ import annotations

import pytest

from digest.publish.pieces import Listed


@pytest.mark.parametrize(
    ("digits", "packed"),
    [((), ""), ((1,), "7"), ((0, 1, 0), "7"), ((1, 2, 3), "7,0,4"), ((3, 0, 1), "4,7")],
)
def test_listed_papers_are_told_by_the_digits_of_a_number(
    digits: tuple[int, ...], packed: str
) -> None:
    listed, key = Listed([7, 0, 4]), 0
    for digit in digits:
        key = key * listed.base + digit
    assert listed[key] == packed
