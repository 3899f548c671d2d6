"""What ranking needs beside an edition: the archive's earlier papers, and a reader's likes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from digest.archive import Archive
from digest.embedding import Embedder
from digest.likes import ENOUGH, Likes
from digest.likes.store import Given, LikeStore
from digest.model import Edition, Paper
from digest.selection import Background, Selector
from digest.selection.background import MEMORY

_EARLIER = timedelta(days=480)  # holds the papers that a background uses


def make_selector(
    archive: Archive, edition: Edition, topics: Iterable[str], *, embedder: Embedder | None = None
) -> Selector:
    """Topics over an edition, scored against the archive's earlier papers and readers' likes."""
    background = background_before(archive, edition.date)
    own = {paper.key for paper in edition.papers}
    if any(paper.key in own for paper in background.papers):  # an edition of several days
        background = Background(tuple(p for p in background.papers if p.key not in own))
    return Selector(
        edition, topics, background=background, embedder=embedder, likes_of=_taught(archive)
    )


def _taught(archive: Archive) -> Callable[[int], Likes | None]:
    """Looks up likes; only those of readers who gave enough are read."""
    store = LikeStore(archive.engine)
    learners = store.learners(ENOUGH)
    return lambda number: likes_of(store, archive, number) if number in learners else None


@lru_cache(maxsize=2)
def background_before(archive: Archive, day: date) -> Background:
    """The archive's papers before a day. Earlier days no longer change, so it is kept."""
    papers = archive.papers(since=day - _EARLIER, until=day - timedelta(days=1))
    return Background(tuple(deque(papers, MEMORY)))


def likes_of(store: LikeStore, archive: Archive, subscriber: int) -> Likes:
    """What a reader liked and disliked; nothing is learnt from a paper without a title."""
    given = store.given(subscriber)
    said = list(zip((one.liked for one in given), papers_of(archive, given), strict=True))
    without = frozenset(store.taken_out(subscriber))
    return Likes(_of(said, liked=True), _of(said, liked=False), without)


def papers_of(archive: Archive, given: Sequence[Given]) -> list[Paper]:
    """The papers that were liked or not, as the archive has them or else as they were imported."""
    told = [Paper(key=one.paper, title=one.title, abstract=one.abstract) for one in given]
    known = archive.find(told)
    return [known.get(paper.key, paper) for paper in told]


def _of(said: Iterable[tuple[bool, Paper]], *, liked: bool) -> tuple[Paper, ...]:
    return tuple(paper for opinion, paper in said if opinion is liked and paper.title)
