"""Sparse rows of numbers behind the few operations that learning needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from digest.selection.corpus import Floats, Integers


@dataclass(frozen=True, slots=True)
class Rows:
    """One vector a paper: values at columns, row after row.

    Attributes:
        starts: where each row begins, and the end.
        width: how many columns there are.
    """

    starts: Integers
    columns: Integers
    values: Floats
    width: int

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.starts) - 1

    def part(self, first: int, after: int) -> Rows:
        """The rows `first` to `after - 1`."""
        cut = slice(self.starts[first], self.starts[after])
        starts = self.starts[first : after + 1] - self.starts[first]
        return Rows(starts, self.columns[cut], self.values[cut], self.width)

    def unit(self, lost: Floats | float = 0.0) -> Rows:
        """The rows scaled to length 1; empty rows stay.

        Args:
            lost: the squared length of what each row holds outside of the columns.
        """
        numbers = self._numbers()
        squares = np.bincount(numbers, weights=self.values**2, minlength=self.count)
        lengths = np.sqrt(np.where(squares > 0, squares + lost, 1))
        return Rows(self.starts, self.columns, self.values / lengths[numbers], self.width)

    def along(self, weights: Floats) -> Floats:
        """How far each row goes along a direction."""
        held = self.values * weights[self.columns]
        return np.bincount(self._numbers(), weights=held, minlength=self.count).astype(np.float64)

    def mean(self) -> Floats:
        """The middle of the rows; zeros where there are none."""
        sums = np.bincount(self.columns, weights=self.values, minlength=self.width)
        return (sums / max(self.count, 1)).astype(np.float64)

    def weighted(self, weights: Floats) -> Floats:
        """The middle of the rows, each counting by its weight; one must be above 0."""
        held = self.values * weights[self._numbers()]
        sums = np.bincount(self.columns, weights=held, minlength=self.width)
        middle: Floats = sums / weights.sum()
        return middle

    def times(self, others: Rows) -> Floats:
        """The likeness of each row to each of a few other rows."""
        return np.stack([self.along(others.full(n)) for n in range(others.count)], axis=1)

    def full(self, number: int) -> Floats:
        """One row with all its columns."""
        return self.part(number, number + 1).mean()

    def _numbers(self) -> Integers:
        return np.repeat(np.arange(self.count), np.diff(self.starts))
