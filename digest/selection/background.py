"""Earlier papers, against which the scores of a day are standardised."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from digest.model import Paper
from digest.selection.corpus import Floats
from digest.selection.reading import Reading, read

#: So many of the latest earlier papers say what an ordinary score is: half a year of days.
WINDOW = 2000
#: So many say how rare a word is and how papers differ in sense, for what is learnt from likes: a
#: year of days. Half as many again say no more.
MEMORY = 4000
#: Below so many, constants that fit an ordinary topic stand in for their mean and spread.
ENOUGH = 100


@dataclass(frozen=True)
class Background:
    """Papers of editions before the one that is scored.

    A day holds some fifteen papers, too few to say what an ordinary score is; the papers of
    earlier months do. Never give it the edition that is scored or a later one.

    Attributes:
        papers: the latest last; those before the last `MEMORY` are not used.
    """

    papers: tuple[Paper, ...] = ()

    @cached_property
    def used(self) -> tuple[Paper, ...]:
        """The papers that say what an ordinary score is."""
        return self.papers[-WINDOW:]

    @property
    def older(self) -> tuple[Paper, ...]:
        """Those before them, which only learning from likes looks at."""
        return self.papers[-MEMORY:-WINDOW]

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """The words of the papers that are used."""
        return tuple(map(read, self.used))


def standardised(
    scores: Floats, earlier: Floats, *, mean: float, spread: float, least: float
) -> Floats:
    """Scores in standard deviations of the earlier ones.

    Args:
        scores: of the papers of one edition.
        earlier: scores of earlier papers by the same measure.
        mean: stands in for theirs where there are too few.
        spread: stands in for theirs where there are too few.
        least: the least spread, so that one odd paper among alike ones does not tower.
    """
    if len(earlier) >= ENOUGH:
        mean, spread = float(np.mean(earlier)), max(float(np.std(earlier)), least)
    result: Floats = (scores - mean) / spread
    return result


def standing_out(
    scores: Floats, earlier: Floats, *, mean: float, spread: float, least: float
) -> Floats:
    """How far scores stand out from the ordinary earlier paper.

    In spreads above the median, the spread being that of the papers below it (their root mean
    square distance). A subject that becomes frequent widens the upper half alone: its papers go
    on standing out, where a standard deviation would make them ordinary.

    Args:
        scores: of the papers of one edition.
        earlier: scores of earlier papers by the same measure.
        mean: stands in for their median where there are too few.
        spread: stands in for theirs where there are too few.
        least: the least spread.
    """
    if len(earlier) >= ENOUGH:
        mean = float(np.median(earlier))
        below = earlier[earlier <= mean] - mean
        spread = max(float(np.sqrt(np.mean(np.square(below)))), least)
    result: Floats = (scores - mean) / spread
    return result
