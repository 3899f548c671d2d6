"""Many editions whose words are read once, so that any topic is answered in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, reduce
from itertools import islice
from operator import attrgetter, or_

import numpy as np

from digest.model import Paper, Reason
from digest.selection.corpus import Integers
from digest.selection.fields import Names
from digest.selection.index import Form, Hits, Key, PaperIndex, key_of
from digest.selection.matching import Matcher
from digest.selection.reading import Place, read
from digest.selection.runs import Row, Runs
from subscribers.topics import Field, Node, Term


class ShelfIndex(PaperIndex):
    """Finds a phrase among words that were numbered once for all papers."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        super().__init__((), ())
        self.count = len(papers)
        self.everything = (1 << len(papers)) - 1
        texts = [(number, *text) for number, p in enumerate(papers) for text in read(p).texts]
        self._papers = np.array([number for number, _, _ in texts], dtype=np.int64)
        self._places = np.array([place for _, place, _ in texts], dtype=np.int64)
        row = Row(text for _, _, text in texts)
        self._runs = {
            form: Runs(row, attrgetter(form.name.lower()))
            for form in (Form.STEM, Form.FOLDED, Form.WRITTEN)
        }
        self._runs[Form.EXACT] = self._runs[Form.WRITTEN]
        self._names = Names(papers)
        self._found = lru_cache(maxsize=4096)(self._search)

    def hits(self, term: Term) -> Hits:
        """Where a phrase stands."""
        return self._found(key_of(term))

    def holding(self, term: Term, papers: Sequence[Paper]) -> int:
        """The papers whose author, organisation, … is the one asked for."""
        if term.field is not Field.AUTHOR:
            return super().holding(term, papers)
        return _mask(np.fromiter(self._names.papers(term.text), np.int64), self.count)

    def _search(self, key: Key) -> Hits:
        runs = self._runs[key.form]
        if key.form is Form.WRITTEN:
            texts = np.concatenate((runs.alone(key.text), runs.alone(f"{key.text}s")))
        elif key.form is Form.EXACT:
            texts = runs.alone(key.text)
        else:
            texts = runs.joined(key.text, key.cuts)
        places = (self._papers[texts[self._places[texts] == place]] for place in Place)
        return Hits([_mask(papers, self.count) for papers in places])


def _mask(papers: Integers, count: int) -> int:
    """Numbers of papers as a mask of so many bits."""
    held = np.zeros(count, dtype=np.bool_)
    held[papers] = True
    return int.from_bytes(np.packbits(held, bitorder="little").tobytes(), "little")


@dataclass(frozen=True, slots=True)
class Found:
    """A paper that a topic selects, with the day it was listed and why it is selected."""

    day: date
    paper: Paper
    reason: Reason


class Shelf:
    """The papers of many editions, ready to be asked.

    Args:
        listed: papers with the day of their edition, the earliest first.
    """

    def __init__(self, listed: Iterable[tuple[date, Paper]]) -> None:
        pairs = list(listed)
        self.days: tuple[date, ...] = tuple(sorted({day for day, _ in pairs}))
        self.dates = [day for day, _ in pairs]
        self.papers = [paper for _, paper in pairs]
        self._index = ShelfIndex(self.papers)

    def pick(self, trees: Mapping[str, Node], vetoes: Sequence[Node] = ()) -> Picked:
        """The papers that any of some topics selects and no veto forbids.

        Args:
            trees: topics by their text, in the order in which they count.
            vetoes: exclusions.
        """
        matcher = Matcher(self.papers, (), (), index=self._index)
        open_ = self._index.everything
        for veto in vetoes:
            open_ &= ~matcher.papers(veto, veto=True)
        masks = {text: matcher.papers(tree) & open_ for text, tree in trees.items()}
        return Picked(self, matcher, trees, masks)


@dataclass(frozen=True, slots=True)
class Picked:
    """What some topics select from a shelf."""

    shelf: Shelf
    matcher: Matcher
    trees: Mapping[str, Node]
    masks: Mapping[str, int]

    @property
    def mask(self) -> int:
        """All of them together: bit `i` stands for the shelf's paper `i`."""
        return reduce(or_, self.masks.values(), 0)

    @property
    def count(self) -> int:
        """How many there are."""
        return self.mask.bit_count()

    def by_day(self, text: str | None = None) -> Mapping[date, int]:
        """How many there are of each day, for one topic or for all; days without any are 0."""
        counts = dict.fromkeys(self.shelf.days, 0)
        for number in _latest_first(self.mask if text is None else self.masks[text]):
            counts[self.shelf.dates[number]] += 1
        return counts

    def found(self, limit: int, offset: int = 0) -> Iterator[Found]:
        """Some of them, the latest first, each with its reason."""
        for number in islice(_latest_first(self.mask), offset, offset + limit):
            text = next(text for text, mask in self.masks.items() if mask >> number & 1)
            reason = self.matcher.reason(self.trees[text], number, text)
            yield Found(self.shelf.dates[number], self.shelf.papers[number], reason)


def _latest_first(mask: int) -> Iterator[int]:
    while mask:
        number = mask.bit_length() - 1
        mask ^= 1 << number
        yield number
