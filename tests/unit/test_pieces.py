"""Pieces that packed digests share, and how texts are joined of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.publish.joining import Numbers, Pieces, Run
from digest.publish.pieces import Listed

WORDS = ["", "a", "é", "🦉"]


@pytest.mark.parametrize(
    ("digits", "packed"),
    [((), "[]"), ((1,), "[7]"), ((0, 1, 0), "[7]"), ((1, 2, 3), "[7,0,4]"), ((3, 0, 1), "[4,7]")],
)
def test_listed_papers_are_told_by_the_digits_of_a_number(
    digits: tuple[int, ...], packed: str
) -> None:
    pieces = Pieces()
    run = Listed(pieces, [7, 0, 4]).run(np.array([digits], np.int64))
    assert list(pieces.joined([run]).each()) == [f'],"also":{packed}}}']


@given(st.lists(st.tuples(st.text(), st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))))
def test_texts_are_joined_of_pieces_and_of_what_is_their_own(
    wanted: list[tuple[str, list[int], list[int]]],
) -> None:
    pieces = Pieces()
    pieces.add(*WORDS)
    parts: list[Run | list[str]] = [
        [own for own, _, _ in wanted],
        *(_run([numbers[place] for _, *numbers in wanted]) for place in range(2)),
    ]
    joined = [own + "".join(WORDS[n] for n in (*one, *two)) for own, one, two in wanted]
    assert list(pieces.joined(parts).each()) == joined


def _run(numbers: list[list[int]]) -> Run:
    flat = [number for some in numbers for number in some]
    return Run(np.array(flat, np.int64), np.array([*map(len, numbers)], np.int64))


@given(st.lists(st.lists(st.integers(0, 9))))
def test_a_number_is_made_once_for_each_key(asked: list[list[int]]) -> None:
    made: list[int] = []

    def ten_times(key: int) -> int:
        made.append(key)
        return key * 10

    numbers = Numbers(ten_times, 10)
    for keys in asked:
        assert numbers.of(np.array(keys, np.int64)).tolist() == [key * 10 for key in keys]
    assert len(made) == len(set(made))
