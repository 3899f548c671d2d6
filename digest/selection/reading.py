"""Papers as words: each text is taken apart once, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from digest.model import Paper
from subscribers.topics import Word, words


class Place(IntEnum):
    """The texts of a paper in which phrases are looked for. A phrase never spans two."""

    TITLE = 0
    KEYWORD = 1
    ABSTRACT = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of one paper."""

    title: tuple[Word, ...]
    abstract: tuple[Word, ...]
    keywords: tuple[tuple[Word, ...], ...] = ()

    def texts(self) -> Iterator[tuple[Place, tuple[Word, ...]]]:
        """Each text with its place."""
        yield Place.TITLE, self.title
        yield Place.ABSTRACT, self.abstract
        for keyword in self.keywords:
            yield Place.KEYWORD, keyword


def read(paper: Paper) -> Reading:
    """The words of a paper. Where it has no abstract, its summary stands in for it."""
    return Reading(
        words(paper.title),
        words(paper.abstract or paper.summary),
        tuple(map(words, paper.keywords)),
    )
