"""Trying topics: what they would have sent of late, and what to think of before saving them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from digest.model import Paper
from digest.selection.advice import warned
from digest.selection.shelf import Picked, Shelf
from digest.web.shelves import Shelves
from digest.words import Words
from subscribers.errors import TopicError
from subscribers.model import Subscriber, Topic
from subscribers.topics import Node, Question, in_words, parse, questions
from subscribers.topics.acronyms import MEANINGS

DAYS = 30
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One paper that a topic would have sent."""

    day: date
    paper: Paper
    because: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a topic's writer should say before it is saved: what an acronym means."""

    topic: str
    question: Question


@dataclass(frozen=True, slots=True)
class Advised:
    """What a topic's writer should know before it is saved, in a sentence."""

    topic: str
    warning: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What topics would have sent.

    Attributes:
        days: how many editions there were in the last 30 days.
        found: how many of their papers the topics select.
        warnings: what a reader should know before saving them.
        asked: what they should say before.
        shown: the latest of the papers.
        meaning: the topics in words, one outline each.
        nothing_asked: there is no topic.
    """

    days: int = 0
    found: int = 0
    warnings: tuple[Advised, ...] = ()
    asked: tuple[Asked, ...] = ()
    shown: tuple[Line, ...] = ()
    meaning: tuple[str, ...] = ()
    nothing_asked: bool = False

    @property
    def crowded(self) -> bool:
        """Whether more come on a usual day than a digest holds, if nothing else is set."""
        return self.found > self.days * Subscriber(email="").max_papers

    @property
    def rate(self) -> str:
        """How many papers a day, in words."""
        a_day = self.found / self.days if self.days else 0.0
        if a_day >= 1.5:
            return f"about {a_day:.0f} a day"
        if a_day >= 0.6:
            return "about one a day"
        if a_day * 7 >= 1:
            return f"about {a_day * 7:.0f} a week"
        return "less than one a week" if self.found else "nothing in that time"


class Trials:
    """Tries topics on the archive.

    Args:
        shelves: the archive's papers.
        today: the day it is.
        language: of the reasons.
    """

    def __init__(self, shelves: Shelves, today: Callable[[], date], language: Words) -> None:
        self._shelves = shelves
        self._today = today
        self._language = language

    def of(self, topics: Sequence[Topic]) -> Trial:
        """What these topics would have sent in the last 30 days; broken ones are left out.

        Where the archive has nothing of late, the 30 days end with its latest edition.
        """
        trees = _parsed(topic for topic in topics if not topic.excluded)
        vetoes = list(_parsed(topic for topic in topics if topic.excluded).values())
        if not trees:
            return Trial(nothing_asked=True)
        shelf = self._shelves.latest()
        picked = shelf.pick(trees, vetoes)
        since = self._since(shelf)
        counts = {day: count for day, count in picked.by_day().items() if day > since}
        return Trial(
            days=len(counts),
            found=sum(counts.values()),
            warnings=tuple(_warnings(picked)),
            asked=tuple(Asked(text, one) for text in trees for one in questions(text)),
            shown=tuple(self._lines(picked, since)),
            meaning=tuple(in_words(tree) for tree in trees.values()),
        )

    def _since(self, shelf: Shelf) -> date:
        latest = shelf.days[-1] if shelf.days else self._today()
        return min(self._today(), latest) - timedelta(days=DAYS)

    def _lines(self, picked: Picked, since: date) -> Iterator[Line]:
        for found in picked.found(SHOWN):
            if found.day > since:
                yield Line(found.day, found.paper, self._language.reason(found.reason))


def _warnings(picked: Picked) -> Iterator[Advised]:
    """Of all editions on the shelf: what is rare may not have been there in 30 days."""
    for text, tree in picked.trees.items():
        found = list(picked.by_day(text).values())
        for sentence in warned(tree, found, picked.shelf.papers, asked=MEANINGS):
            yield Advised(text, sentence)


def _parsed(topics: Iterable[Topic]) -> dict[str, Node]:
    trees = {}
    for topic in topics:
        try:
            trees[topic.text] = parse(topic.text)
        except TopicError:
            continue
    return trees
