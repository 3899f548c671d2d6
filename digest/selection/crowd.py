"""Many plain readers before one edition: those whose digest follows from their topics alone.

What `Selector.select` says of each of them, by numbers of topics and papers; a reader who gave
likes, wants near papers or has no topic is none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digest.model import Entry, Paper, Tier
from digest.selection.evaluation import Asked
from digest.selection.many import NOBODY, Chosen, Ints, Ranked, Readers, forbid, select_many
from digest.selection.selector import Selector
from subscribers.topics import label


class Crowd:
    """The topics of many readers over one edition, by number.

    Args:
        selector: of the edition.
        texts: the topics in the order of their numbers; none of them broken.
    """

    def __init__(self, selector: Selector, texts: Sequence[str]) -> None:
        self._selector = selector
        self._texts = texts
        self._vetoed: dict[int, frozenset[int]] = {}

    @cached_property
    def _table(self) -> Ranked:
        return self._selector.table(self._texts)

    @cached_property
    def voted(self) -> list[int]:
        """The papers that have votes, the most voted first."""
        return self._selector.most_voted()

    def choose(self, readers: Readers) -> Chosen:
        """The papers of each reader, in the order in which they are shown."""
        chosen = select_many(self._table, readers)
        last = np.where(chosen.rows == NOBODY, len(readers.topics), chosen.rows)
        shown = np.argsort(last, axis=1, kind="stable")  # topic after topic
        papers = np.take_along_axis(chosen.papers, shown, axis=1)
        return Chosen(papers, chosen.counts, np.take_along_axis(chosen.rows, shown, axis=1))

    def entry(self, topic: int, number: int, *, headings: bool) -> Entry:
        """The entry of a paper that a topic chose."""
        asked, paper = self._asked(topic), self._selector.edition.papers[number]
        returned = dict(self._selector.edition.returns).get(paper.key, "")
        return Entry(
            paper=paper,
            tier=Tier.MATCHED,
            reason=self._selector.evaluation.reason(asked, number),
            topic=label(asked.text) if headings else "",
            score=float(asked.scores[number]),
            returned=returned,
        )

    def forbid(self, taken: NDArray[np.bool_], owner: Ints, topics: Ints) -> None:
        """Marks the papers that readers exclude: see `many.forbid`."""
        forbid(self._table, taken, owner, topics)

    def vetoed(self, topics: Sequence[int]) -> frozenset[int]:
        """The papers that these topics forbid as exclusions."""
        return frozenset().union(*(self._forbidden(topic) for topic in topics))

    def nearest(self, topics: Sequence[int], vetoed: Collection[int]) -> Paper | None:
        """The paper that came closest to topics that match nothing."""
        for topic in topics:
            for number in self._asked(topic).near:
                if number not in vetoed:
                    return self._selector.edition.papers[number]
        return None

    def _asked(self, topic: int) -> Asked:
        return self._selector.evaluation.asked[self._texts[topic]]

    def _forbidden(self, topic: int) -> frozenset[int]:
        known = self._vetoed.get(topic)
        if known is None:
            mask = self._asked(topic).vetoed
            known = frozenset(n for n in range(mask.bit_length()) if mask >> n & 1)
            self._vetoed[topic] = known
        return known
