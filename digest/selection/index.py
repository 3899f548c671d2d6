"""The papers of an edition as sets of words: each paper is read once, whatever is asked.

A set of papers is an integer whose bit `i` stands for paper `i`: AND, OR and NOT of a
topic are then one operation each, for a hundred papers as for ten thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate, pairwise

from digest.model import Paper
from digest.selection.fields import holds_field
from digest.selection.reading import Place, Reading
from subscribers.topics import Field, Term, Word, acronym_of, marked


class Form(IntEnum):
    """What of a word is compared."""

    STEM = 0
    FOLDED = 1
    WRITTEN = 2  # an acronym, with or without a plural's s
    EXACT = 3  # an acronym in quotes, without


@dataclass(frozen=True, slots=True)
class Key:
    """A phrase ready to be looked up: its words joined, in one form.

    Attributes:
        cuts: letters with which a word begins in any case: an acronym is a word of its own.
    """

    form: Form
    text: str
    cuts: tuple[int, ...] = ()


@dataclass(slots=True)
class Hits:
    """Which papers hold a phrase, by place."""

    masks: list[int] = field(default_factory=lambda: [0] * len(Place))

    def within(self, places: Iterable[Place]) -> int:
        """The papers that hold it in any of these places."""
        mask = 0
        for place in places:
            mask |= self.masks[place]
        return mask


@lru_cache(maxsize=1 << 16)
def key_of(term: Term) -> Key:
    """What a phrase is looked up by: a lone acronym by its capitals, quotes without stemming."""
    found = marked(term.text)
    if len(found) == 1 and (known := acronym_of(found[0].written)):
        return Key(Form.EXACT, found[0].written) if term.quoted else Key(Form.WRITTEN, known)
    form = Form.FOLDED if term.quoted else Form.STEM
    parts = [word.folded if term.quoted else word.stem for word in found]
    return Key(form, "".join(parts), tuple(_cuts(found, parts)))


def _cuts(found: Sequence[Word], parts: Sequence[str]) -> Iterator[int]:
    """Where an acronym of a phrase begins or ends among letters: GPT-4o may be GPT4o."""
    ends = accumulate(map(len, parts))
    for end, (one, two), (before, after) in zip(
        ends, pairwise(found), pairwise(parts), strict=False
    ):
        parted = acronym_of(one.written) or acronym_of(two.written)
        if parted and before[-1].isalpha() and after[0].isalpha():
            yield end


class PaperIndex:
    """Finds all phrases in all papers in one pass.

    Args:
        readings: bit `i` of every mask stands for `readings[i]`.
        phrases: every phrase that will be asked for.
    """

    def __init__(self, readings: Sequence[Reading], phrases: Iterable[Term]) -> None:
        self.count = len(readings)
        self.everything = (1 << len(readings)) - 1
        self._hits: dict[Key, Hits] = defaultdict(Hits)
        wanted = _Wanted({key_of(term) for term in phrases})
        for number, reading in enumerate(readings):
            self._find(1 << number, reading, wanted)

    def _find(self, bit: int, reading: Reading, wanted: _Wanted) -> None:
        for place, text in reading.texts:
            for key in wanted.found_in(text):
                self._hits[key].masks[place] |= bit

    def hits(self, term: Term) -> Hits:
        """Where a phrase stands."""
        return self._hits.get(key_of(term)) or Hits()

    def holding(self, term: Term, papers: Sequence[Paper]) -> int:
        """The papers, given in order, whose author, organisation, … is the one asked for."""
        return self.where(holds_field(paper, term) for paper in papers)

    def where(self, holds: Iterable[bool]) -> int:
        """The papers, given in order, for which something holds."""
        mask = 0
        for number, true in enumerate(holds):
            if true:
                mask |= 1 << number
        return mask


class _Wanted:
    """The phrases asked for, as joined words and all their beginnings."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._texts: dict[Form, dict[str, list[Key]]] = {form: {} for form in Form}
        for key in keys:
            self._texts[key.form].setdefault(key.text, []).append(key)
        self._acronyms: dict[str, list[Key]] = {}
        for text in self._texts[Form.WRITTEN]:
            for written in (text, f"{text}s"):
                self._acronyms.setdefault(written, []).append(Key(Form.WRITTEN, text))
        self._starts = {
            form: {text[:n] for text in self._texts[form] for n in range(1, len(text) + 1)}
            for form in (Form.STEM, Form.FOLDED)
        }

    def found_in(self, text: Sequence[Word]) -> Iterator[Key]:
        """The phrases that stand in a text."""
        if self._texts[Form.EXACT]:
            yield from self._exactly_in(text)
        if self._acronyms:
            yield from self._acronyms_in(text)
        if self._texts[Form.STEM]:
            yield from self._joined_in(Form.STEM, [word.stem for word in text])
        if self._texts[Form.FOLDED]:
            yield from self._joined_in(Form.FOLDED, [word.folded for word in text])

    def _exactly_in(self, text: Sequence[Word]) -> Iterator[Key]:
        for word in text:
            if word.written in self._texts[Form.EXACT]:
                yield Key(Form.EXACT, word.written)

    def _acronyms_in(self, text: Sequence[Word]) -> Iterator[Key]:
        for word in text:
            if word.written in self._acronyms:
                yield from self._acronyms[word.written]

    def _joined_in(self, form: Form, text: Sequence[str]) -> Iterator[Key]:
        """Runs of words that, joined, are a phrase: where its words part does not count."""
        starts, wanted = self._starts[form], self._texts[form]
        for first, word in enumerate(text):
            joined, after = word, first + 1
            while joined in starts:
                if joined in wanted:
                    yield from _parted(wanted[joined], text[first:after])
                if after == len(text):
                    break
                joined += text[after]
                after += 1


def _parted(keys: Iterable[Key], run: Sequence[str]) -> Iterator[Key]:
    """The phrases whose acronyms are words of their own in a run of words."""
    ends = frozenset(accumulate(map(len, run)))
    return (key for key in keys if ends.issuperset(key.cuts))


PHRASE_PLACES: dict[Field, tuple[Place, ...]] = {
    Field.ANY: (Place.TITLE, Place.KEYWORD, Place.ABSTRACT),
    Field.TITLE: (Place.TITLE,),
    Field.ABSTRACT: (Place.ABSTRACT,),
    Field.KEYWORD: (Place.KEYWORD,),
}
