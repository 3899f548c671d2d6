"""Imported papers become likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.likes.store import Given, LikeStore
from digest.model import Paper


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import came to.

    Attributes:
        new: papers that the reader had not liked before.
        already: those that they had.
        kept: those that the archive does not hold: they are kept with the like.
        untitled: of these, those without a title, from which nothing can be learnt.
    """

    new: int
    already: int
    kept: int
    untitled: int

    @property
    def counts(self) -> dict[str, int]:
        """By name."""
        return {name: getattr(self, name) for name in self.__slots__}


def take(
    store: LikeStore,
    subscriber: int,
    papers: Sequence[Paper],
    known: Mapping[str, Paper],
    at: datetime,
) -> Taken:
    """Keeps papers as a reader's likes, all or none.

    Args:
        store: of the likes.
        subscriber: whose they are.
        papers: as their file names them.
        known: those that the archive holds, by the key in the file.
        at: when they were given, in UTC.
    """
    before = {one.paper for one in store.given(subscriber) if one.liked}
    given = {one.paper: one for one in (_given(p, known.get(p.key), at) for p in papers)}
    kept = [paper for paper in papers if paper.key not in known]
    store.give_all(subscriber, list(given.values()))
    return Taken(
        new=len(given.keys() - before),
        already=len(given.keys() & before),
        kept=len(kept),
        untitled=sum(not paper.title for paper in kept),
    )


def _given(paper: Paper, known: Paper | None, at: datetime) -> Given:
    if known is not None:
        return Given(known.key, liked=True, at=at)
    return Given(paper.key, liked=True, at=at, title=paper.title, abstract=paper.abstract)
