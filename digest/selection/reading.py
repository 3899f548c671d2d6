"""Papers as words: each text is taken apart once, whatever is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache

from digest.model import Paper
from subscribers.topics import MARK, Word, marked


class Place(IntEnum):
    """The texts of a paper in which phrases are looked for. A phrase never spans two."""

    TITLE = 0
    KEYWORD = 1
    ABSTRACT = 2


@dataclass(frozen=True)
class Reading:
    """The words of one paper.

    Attributes:
        texts: each text with its place, `MARK` standing between its clauses.
    """

    texts: tuple[tuple[Place, tuple[Word, ...]], ...]

    @cached_property
    def title(self) -> tuple[Word, ...]:
        """The words of the title alone."""
        return self._words(Place.TITLE)

    @cached_property
    def abstract(self) -> tuple[Word, ...]:
        """The words of the abstract alone."""
        return self._words(Place.ABSTRACT)

    @cached_property
    def keywords(self) -> tuple[Word, ...]:
        """The words of all keywords."""
        return self._words(Place.KEYWORD)

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The stems of all words, those of the title twice."""
        words = (*self.title, *self.title, *self.abstract, *self.keywords)
        return tuple(word.stem for word in words)

    def _words(self, asked: Place) -> tuple[Word, ...]:
        texts = (text for place, text in self.texts if place is asked)
        return tuple(word for text in texts for word in text if word is not MARK)


#: Readings that are kept: the background of one day is nearly that of the next. Words are shared,
#: so that each takes some kilobytes.
KEPT = 6144


@lru_cache(maxsize=KEPT)
def read(paper: Paper) -> Reading:
    """The words of a paper. Where it has no abstract, its summary stands in for it."""
    texts = (
        (Place.TITLE, paper.title),
        (Place.ABSTRACT, paper.abstract or paper.summary),
        *((Place.KEYWORD, keyword) for keyword in paper.keywords),
    )
    return Reading(tuple((place, marked(text)) for place, text in texts))
