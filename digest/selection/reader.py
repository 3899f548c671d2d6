"""One reader before an edition, and what their rules come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from digest.model import Entry
from digest.selection.corpus import Floats
from digest.selection.evaluation import Asked
from digest.selection.taste import Taste
from subscribers.model import Subscriber

#: How far a paper must stand out to be shown for likes alone: one in a hundred does.
LIKED = 7.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What one reader's rules come to: the entries, and what they decided on the way."""

    entries: tuple[Entry, ...]
    matched: dict[int, str]
    vetoed: dict[int, str]
    had: int


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader before an edition: their active topics, and the papers open to them.

    Attributes:
        scores: what orders each topic's papers for this reader, by the topic's text.
    """

    subscriber: Subscriber
    active: Sequence[Asked]
    open_: int
    taste: Taste | None
    scores: Mapping[str, Floats]
    headings: bool

    def likest(self) -> list[int]:
        """The papers that stand out by the reader's likes alone, the likest first."""
        if self.taste is None:
            return []
        order = np.argsort(-self.taste.scores, kind="stable")
        return [int(n) for n in order if self.taste.scores[n] >= LIKED]
