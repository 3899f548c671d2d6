"""Fields of a paper other than its texts: who wrote it, where, of which category and source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from digest.model import Paper
from subscribers.topics import Field, Term, words


def holds_field(paper: Paper, term: Term) -> bool:
    """Whether a paper's author, organisation, category or source is the one asked for."""
    if term.field is Field.AUTHOR:
        return any(_is_name(term.text, name) for name in paper.authors)
    if term.field is Field.ORGANIZATION:
        return _stands_in(term.text, paper.organization)
    if term.field is Field.CATEGORY:
        return any(_is_category(term.text, category) for category in paper.categories)
    return any(term.text.casefold() == source.casefold() for source in paper.sources)


class Names:
    """The authors of many papers by the parts of their names, each name read once.

    Args:
        papers: are numbered in this order.
    """

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers: defaultdict[str, list[int]] = defaultdict(list)
        for number, paper in enumerate(papers):
            for name in paper.authors:
                self._papers[name].append(number)
        self._names: defaultdict[str, set[str]] = defaultdict(set)
        for name in self._papers:
            for part in _parts(name):
                self._names[part].add(name)
                self._names[part[0]].add(name)  # for an initial

    def papers(self, asked: str) -> Iterable[int]:
        """The papers of whom `author:` asks for, as `holds_field` finds them."""
        found = [self._names.get(part, set()) for part in _parts(asked)]
        names = set.intersection(*found) if found else self._papers.keys()
        return {number for name in names for number in self._papers[name]}


@lru_cache(maxsize=1 << 14)
def _parts(text: str) -> tuple[str, ...]:
    return tuple(word.folded for word in words(text))


def _is_name(asked: str, name: str) -> bool:
    """Every part of the asked name is a part of the name, an initial standing for its word."""
    return all(
        any(part == word or (len(word) == 1 and part.startswith(word)) for part in _parts(name))
        for word in _parts(asked)
    )


def _stands_in(asked: str, text: str) -> bool:
    wanted, there = _parts(asked), _parts(text)
    return any(there[at : at + len(wanted)] == wanted for at in range(len(there) - len(wanted) + 1))


def _is_category(asked: str, category: str) -> bool:
    asked, category = asked.casefold(), category.casefold()
    if asked.endswith("*"):
        return category.startswith(asked[:-1])
    return category == asked or category.startswith(asked + ".")
