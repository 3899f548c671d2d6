"""Editions taken together for a digest: their papers, a frozen copy, and all topics on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from digest.archive import Archive
from digest.editions import distinct
from digest.model import Edition, EditionState
from digest.occasions import Settled
from digest.selection import MakeSelector, Selector

#: So many sets of editions are kept at hand: a day's, and those of readers who missed some.
KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """What digests of the same editions share.

    Attributes:
        edition: all papers of the editions, under the newest date.
        snapshot: number of the frozen copy of these papers.
        places: where each paper stands in it, by key.
        selector: all topics, evaluated on them.
    """

    edition: Edition
    snapshot: int
    places: Mapping[str, int]
    selector: Selector


class Gathering:
    """Gathers editions, and keeps what it gathered last.

    Args:
        archive: where they are.
        topics: gives the texts of all topics in use.
        selector: makes the selector of an edition.
        now: the clock, for how votes grew.
    """

    def __init__(
        self,
        archive: Archive,
        topics: Callable[[], Sequence[str]],
        selector: MakeSelector,
        now: Callable[[], datetime],
    ) -> None:
        self._archive = archive
        self._now = now
        self._topics = topics
        self._selector = selector
        self._edition = lru_cache(maxsize=64)(self._load)
        self.of = lru_cache(maxsize=KEPT)(self._gather)
        self.considered = lru_cache(maxsize=64)(self._considered)

    def keys(self, editions: Sequence[Settled]) -> dict[Settled, frozenset[str]]:
        """The papers of each of these editions."""
        return {e: frozenset(paper.key for paper in self._edition(e).papers) for e in editions}

    def only_in(self, some: Sequence[Settled], not_in: Sequence[Settled]) -> frozenset[str]:
        """The papers that are in these editions, and in none of those."""
        others = {paper.key for e in not_in for paper in self._edition(e).papers}
        return frozenset(p.key for e in some for p in self._edition(e).papers) - others

    def _load(self, wanted: Settled) -> Edition:
        found = self._archive.editions(wanted.date)
        return next(edition for edition in found if edition.source == wanted.source)

    def _gather(self, editions: tuple[Settled, ...]) -> Gathered:
        edition = together([self._edition(wanted) for wanted in editions])
        first = min(wanted.date for wanted in editions)
        edition = self._archive.with_trends(edition, first, self._now())
        snapshot = self._archive.freeze(edition.papers)
        places = {paper.key: place for place, paper in enumerate(edition.papers)}
        selector = self._selector(edition, self._topics())
        return Gathered(edition, snapshot, places, selector)

    def _considered(self, snapshot: int) -> tuple[str, ...]:
        """The keys of the papers of a frozen copy, by place."""
        return tuple(paper.key for paper in self._archive.thaw(snapshot))


def together(editions: Sequence[Edition]) -> Edition:
    """Editions of any dates as one, under the newest; the newest papers stand first."""
    ordered = sorted(editions, key=lambda edition: edition.date, reverse=True)
    return Edition(
        date=ordered[0].date,
        papers=distinct(paper for edition in ordered for paper in edition.papers),
        state=EditionState.SETTLED,
        source="+".join(sorted({edition.source for edition in ordered})),
        returns=tuple(dict.fromkeys(back for edition in ordered for back in edition.returns)),
    )
