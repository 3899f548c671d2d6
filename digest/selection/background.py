"""Earlier papers, against which the scores of a day are standardised."""

from __future__ import annotations

from dataclasses import dataclass

from digest.model import Paper


@dataclass(frozen=True, slots=True)
class Background:
    """Papers of editions before the one that is scored.

    A day holds some fifteen papers, too few to say what an ordinary score is; the papers of
    earlier months do. Never give it the edition that is scored or a later one.

    Attributes:
        papers: the latest last.
    """

    papers: tuple[Paper, ...]
