"""Papers as a sparse matrix of term weights: one row a paper, in the order of their editions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.selection.reading import Reading

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# BM25 (Robertson and Zaragoza, 2009) with its usual constants. The ordinary length is a
# constant, not a mean over the papers: a mean would let later papers change earlier scores.
_SATURATION, _LENGTH_SHARE, _ORDINARY_LENGTH = 1.2, 0.75, 220.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A weight for each of some terms: what a topic, or a reader, looks for in a paper."""

    terms: Integers
    weights: Floats


class Corpus:
    """Term weights of papers: saturating in the count, damped by length, the title double.

    Args:
        readings: the papers' words; row `i` is `readings[i]`.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = readings
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        rows = [[numbers[stem] for stem in reading.stems] for reading in readings]
        self.vocabulary = dict(numbers)
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        flat = np.fromiter((n for row in rows for n in row), np.int64, int(lengths.sum()))
        size = max(len(numbers), 1)
        cells, counts = np.unique(
            np.repeat(np.arange(len(rows)), lengths) * size + flat, return_counts=True
        )
        papers = cells // size
        self._rows = papers
        self._terms = cells % size
        self._starts = np.searchsorted(papers, np.arange(len(rows) + 1))
        self._values = _saturated(counts, lengths[papers])

    def stems(self, terms: Integers) -> list[str]:
        """The stems of some terms."""
        names = list(self.vocabulary)
        return [names[term] for term in terms]

    def frequencies(self, first: int, after: int) -> Integers:
        """In how many of the papers `first` to `after - 1` each term stands."""
        some = slice(self._starts[first], self._starts[after])
        counts = np.bincount(self._terms[some], minlength=len(self.vocabulary))
        return counts.astype(np.int64)

    def shares(self, papers: Integers, weights: Floats) -> tuple[Integers, Floats]:
        """The terms of some papers, and the summed weight of the papers that hold each."""
        spans = [slice(self._starts[p], self._starts[p + 1]) for p in papers]
        if not spans:
            return np.empty(0, np.int64), np.empty(0)
        found = [self._terms[span] for span in spans]
        repeated = np.repeat(weights, [len(terms) for terms in found])
        sums = np.bincount(np.concatenate(found), weights=repeated)
        terms = np.flatnonzero(sums).astype(np.int64)
        return terms, sums[terms].astype(np.float64)

    def scores(self, profile: Profile, first: int, after: int) -> Floats:
        """How much of a profile each of the papers `first` to `after - 1` holds."""
        dense = np.zeros(max(len(self.vocabulary), 1))
        dense[profile.terms] = profile.weights
        some = slice(self._starts[first], self._starts[after])
        rows = self._rows[some] - first
        held = self._values[some] * dense[self._terms[some]]
        return np.bincount(rows, weights=held, minlength=after - first).astype(np.float64)


def _saturated(counts: Integers, lengths: Integers) -> Floats:
    damping = 1 - _LENGTH_SHARE + _LENGTH_SHARE * lengths / _ORDINARY_LENGTH
    values: Floats = counts * (_SATURATION + 1) / (counts + _SATURATION * damping)
    return values
