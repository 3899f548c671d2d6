"""Papers as TF-IDF rows of words and of pairs of words: what learning reads of a paper.

Pairs tell a subject where single words do not (*state space*, *tool use*). A pair never holds
a function word and never spans two texts, or a comma or the end of a sentence within one.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from digest.selection.corpus import Floats, Integers
from digest.selection.reading import Place, Reading
from digest.selection.span import Span
from digest.selection.vectors import Rows
from subscribers.topics import MARK, Word

_TITLE_WEIGHT = 3
_COMMON = 0.3  # a term of so great a share of all papers tells nothing
_FEW = 2  # but so many papers are no share

_LITTLE = """
a about above across after against all almost along also although always am among an and any are
around as at be became because become been before being below between both but by can cannot
could did do does doing done down due during each either else even ever every few for from
further had has have having he hence her here him his how however i if in indeed instead into is
it its itself just least less made make many may me might mine more most mostly much must my
namely neither never nevertheless no nor not nothing now of off often on once one only onto or
other others otherwise our ours out over own per perhaps rather same several she should since so
some still such than that the their them then there thereby therefore these they this those
though through throughout thus to together too toward towards under until up upon us very via
was we well were what when where whereas wherein whether which while who whole whom whose why
will with within without would yet you your
"""
_PARTING = frozenset((*_LITTLE.split(), MARK.folded))


class Grams:
    """How often each word and each pair of words stands in each paper.

    Args:
        readings: of the papers, in the order of their editions.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        counts = [Counter(numbers[gram] for gram in _grams(reading)) for reading in readings]
        self.vocabulary: Mapping[str, int] = dict(numbers)
        self._rows = _rows(counts, len(numbers))

    def window(self, span: Span) -> GramRows:
        """The rows of a span's papers; how rare a term is, its earlier papers say."""
        rows = self._rows.part(span.first, span.after)
        earlier = span.edition - span.first
        holding = np.bincount(rows.part(0, earlier).columns, minlength=rows.width)
        # What no earlier paper holds is kept: likes may be older than these, and a paper of many
        # words of its own is less about those that it shares.
        telling = holding <= max(_COMMON * earlier, _FEW)
        rarity = np.where(telling, np.log((1 + earlier) / (1 + holding)) + 1, 0.0)
        return GramRows(rows, rarity, math.log(1 + earlier) + 1, self.vocabulary)


class GramRows:
    """The rows of some papers, of unit length, and what it takes to make more of them.

    Args:
        counted: how often each term stands in them.
        rarity: of each term.
        rarest: the rarity of a term that none of the papers holds.
        vocabulary: the terms' numbers.
    """

    def __init__(
        self, counted: Rows, rarity: Floats, rarest: float, vocabulary: Mapping[str, int]
    ) -> None:
        self._rarity = rarity
        self._rarest = rarest
        self._vocabulary = vocabulary
        # Only what these papers hold gets a column, so that a reader's direction stays short.
        held = np.bincount(counted.columns, minlength=counted.width) > 0
        telling = np.flatnonzero(held & (rarity > 0))
        self._place: Integers = np.full(len(rarity), -1, dtype=np.int64)
        self._place[telling] = np.arange(len(telling))
        self._width = len(telling)
        self.rows = self._weighted(counted)

    def rows_of(self, readings: Sequence[Reading]) -> Rows:
        """The rows of other papers by the same terms.

        Terms without a column are left out, and count in the length of their row all the same:
        else a row would depend on which of them the edition happens to hold.
        """
        known = self._vocabulary
        counts = [Counter(_grams(reading)) for reading in readings]
        kept = [Counter({known[g]: n for g, n in row.items() if g in known}) for row in counts]
        lost = [sum(_dampened(n) ** 2 for g, n in row.items() if g not in known) for row in counts]
        return self._weighted(_rows(kept, len(self._rarity)), self._rarest**2 * np.array(lost))

    def columns_of(self, readings: Sequence[Reading]) -> dict[str, int]:
        """The columns of the telling terms that stand in some papers."""
        grams = {gram for reading in readings for gram in _grams(reading)}
        places = {
            gram: int(self._place[self._vocabulary[gram]])
            for gram in grams & self._vocabulary.keys()
        }
        return {gram: place for gram, place in places.items() if place >= 0}

    def _weighted(self, counted: Rows, lost: Floats | float = 0.0) -> Rows:
        values = counted.values * self._rarity[counted.columns]
        rows = Rows(counted.starts, counted.columns, values, counted.width).unit(lost)
        place = self._place[counted.columns]
        kept = place >= 0
        before = np.concatenate(([0], np.cumsum(kept)))
        return Rows(before[counted.starts], place[kept], rows.values[kept], self._width)


def _dampened(times: int) -> float:
    """What a term weighs that stands in a paper so many times."""
    return 1 + math.log(times)


def _rows(counts: Sequence[Counter[int]], width: int) -> Rows:
    starts = np.cumsum([0, *map(len, counts)])
    columns = np.fromiter((n for row in counts for n in row), np.int64, int(starts[-1]))
    times = np.fromiter((n for row in counts for n in row.values()), np.float64, int(starts[-1]))
    return Rows(starts, columns, 1 + np.log(times), width)


def _grams(reading: Reading) -> Iterator[str]:
    for place, text in reading.texts:
        grams = list(_of(text))
        for _ in range(_TITLE_WEIGHT if place is Place.TITLE else 1):
            yield from grams


def _of(text: Sequence[Word]) -> Iterator[str]:
    stems = ["" if word.folded in _PARTING else word.stem for word in text]
    yield from (stem for stem in stems if len(stem) > 1)
    yield from (f"{first} {second}" for first, second in pairwise(stems) if first and second)
