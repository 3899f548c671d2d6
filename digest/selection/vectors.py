"""Rows of numbers, sparse or dense, behind the few operations that learning needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.selection.corpus import Corpus, Floats, Integers
from digest.selection.reading import Reading


@dataclass(frozen=True, slots=True)
class Rows:
    """One vector of unit length a paper: values at columns, row after row.

    Attributes:
        starts: where each row begins, and the end.
        width: how many columns there are.
    """

    starts: Integers
    columns: Integers
    values: Floats
    width: int

    @classmethod
    def dense(cls, vectors: NDArray[Any]) -> Rows:
        """The rows of a full matrix."""
        count, width = vectors.shape
        starts = np.arange(count + 1, dtype=np.int64) * width
        columns = np.tile(np.arange(width, dtype=np.int64), count)
        return cls(starts, columns, vectors.astype(np.float64).ravel(), width)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.starts) - 1

    def part(self, first: int, after: int) -> Rows:
        """The rows `first` to `after - 1`."""
        cut = slice(self.starts[first], self.starts[after])
        starts = self.starts[first : after + 1] - self.starts[first]
        return Rows(starts, self.columns[cut], self.values[cut], self.width)

    def along(self, weights: Floats) -> Floats:
        """How far each row goes along a direction."""
        numbers = np.repeat(np.arange(self.count), np.diff(self.starts))
        held = self.values * weights[self.columns]
        return np.bincount(numbers, weights=held, minlength=self.count).astype(np.float64)

    def mean(self) -> Floats:
        """The middle of the rows."""
        sums = np.bincount(self.columns, weights=self.values, minlength=self.width)
        return (sums / max(self.count, 1)).astype(np.float64)

    def times(self, others: Rows) -> Floats:
        """The likeness of each row to each of a few other rows."""
        return np.stack([self.along(others.full(n)) for n in range(others.count)], axis=1)

    def full(self, number: int) -> Floats:
        """One row with all its columns."""
        row = np.zeros(self.width)
        cut = slice(self.starts[number], self.starts[number + 1])
        row[self.columns[cut]] = self.values[cut]
        return row

    def stacked(self, others: Rows) -> Any:  # noqa: ANN401  # SciPy has no types
        """Both, one above the other, as SciPy keeps sparse rows."""
        from scipy.sparse import csr_matrix

        starts = np.concatenate((self.starts, others.starts[1:] + self.starts[-1]))
        columns = np.concatenate((self.columns, others.columns))
        values = np.concatenate((self.values, others.values))
        return csr_matrix((values, columns, starts), shape=(len(starts) - 1, self.width))


@dataclass(frozen=True, slots=True)
class WordRows(Rows):
    """TF-IDF rows of papers, with what it takes to make more of them."""

    vocabulary: dict[str, int]
    rarity: Floats

    def rows_of(self, readings: Sequence[Reading]) -> Rows:
        """The rows of other papers by the same words; words not known here are left out."""
        return _unit(Corpus(readings, self.vocabulary).cells(), self.rarity)


def words_of(corpus: Corpus, earlier: int) -> WordRows:
    """The TF-IDF rows of a corpus; how rare a word is, the earlier papers say."""
    holding = corpus.frequencies(0, earlier)
    rarity = np.log((1 + earlier) / (1 + holding)) + 1
    rarity[holding < min(2, earlier)] = 0  # a word of one paper tells nothing of others
    rows = _unit(corpus.cells(), rarity)
    return WordRows(rows.starts, rows.columns, rows.values, rows.width, corpus.vocabulary, rarity)


def _unit(cells: tuple[Integers, Integers, Floats], rarity: Floats) -> Rows:
    starts, columns, values = cells
    weighted = values * rarity[columns]
    count = len(starts) - 1
    numbers = np.repeat(np.arange(count), np.diff(starts))
    squares = np.bincount(numbers, weights=weighted**2, minlength=count)
    lengths = np.sqrt(np.where(squares > 0, squares, 1))
    return Rows(starts, columns, weighted / lengths[numbers], len(rarity))
