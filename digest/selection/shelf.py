"""Many editions whose words are read once, so that any topic is answered in milliseconds."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, reduce
from itertools import accumulate, islice
from operator import attrgetter, or_

from digest.model import Paper, Reason
from digest.selection.index import Form, Hits, Key, PaperIndex, key_of
from digest.selection.matching import Matcher
from digest.selection.reading import Place, read
from subscribers.topics import Node, Term, Word, words

_APART, _END = "\x1f", "\n"  # stand in no word


class _Strings:
    """Many texts as one string, so that all of them are searched at C's speed."""

    def __init__(self, texts: Iterable[str]) -> None:
        pieces = list(texts)
        self._all = _END.join(pieces) + _END
        self._starts = list(accumulate((len(piece) + 1 for piece in pieces), initial=0))

    def containing(self, part: str) -> Iterator[int]:
        """The numbers of the texts that hold a string."""
        at = self._all.find(part)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            yield number
            at = self._all.find(part, self._starts[number + 1])

    def matching(self, pattern: re.Pattern[str], numbers: Iterable[int]) -> Iterator[int]:
        """Those of some texts in which a pattern is found."""
        for number in numbers:
            if pattern.search(self._all, self._starts[number], self._starts[number + 1]):
                yield number


class ShelfIndex(PaperIndex):
    """Finds a phrase in strings that were made once of all texts."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        super().__init__((), ())
        self.count = len(papers)
        self.everything = (1 << len(papers)) - 1
        self._places: list[tuple[int, Place]] = []
        self._texts: list[tuple[Word, ...]] = []
        for number, paper in enumerate(papers):
            for place, text in read(paper).texts():
                self._places.append((1 << number, place))
                self._texts.append(text)
        self._parted = {form: _Strings(self._forms(form, _APART)) for form in Form}
        folds = (Form.STEM, Form.FOLDED)
        self._joined = {form: _Strings(self._forms(form, "")) for form in folds}
        self._found = lru_cache(maxsize=4096)(self._search)

    def hits(self, term: Term) -> Hits:
        """Where a phrase stands."""
        return self._found(term)

    def _forms(self, form: Form, between: str) -> Iterator[str]:
        of = attrgetter({Form.STEM: "stem", Form.FOLDED: "folded", Form.WRITTEN: "written"}[form])
        for text in self._texts:
            yield between + between.join(map(of, text)) + between

    def _search(self, term: Term) -> Hits:
        key, hits = key_of(term), Hits()
        parted = self._parted[key.form]
        numbers = {number for way in _ways(term, key) for number in parted.containing(way)}
        if key.form is not Form.WRITTEN:
            # Parted in another way: `pre training` for `pretraining`.
            others = set(self._joined[key.form].containing(key.text)) - numbers
            numbers |= set(parted.matching(_parted_anywhere(key), others))
        for number in numbers:
            bit, place = self._places[number]
            hits.masks[place] |= bit
        return hits


def _ways(term: Term, key: Key) -> tuple[str, ...]:
    """How a phrase usually stands in a text: as one word, or parted as its topic parts it."""
    if key.form is Form.WRITTEN:
        return (_joined([key.text]), _joined([f"{key.text}s"]))
    stems = key.form is Form.STEM
    parted = _joined(word.stem if stems else word.folded for word in words(term.text))
    return (parted, _joined([key.text]))


def _parted_anywhere(key: Key) -> re.Pattern[str]:
    between = f"{_APART}?".join(map(re.escape, key.text))
    return re.compile(_APART + between + _APART)


def _joined(parts: Iterable[str]) -> str:
    return f"{_APART}{_APART.join(parts)}{_APART}"


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

    def by_day(self) -> Mapping[date, int]:
        """How many there are of each day; days without any are 0."""
        counts = dict.fromkeys(self.shelf.days, 0)
        for number in _latest_first(self.mask):
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
