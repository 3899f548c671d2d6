"""Trying topics: what they would have sent of late, and what to think of before saving them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from digest.archive import Archive
from digest.model import Paper
from digest.selection.shelf import Picked, Shelf
from digest.words import Words
from subscribers.errors import TopicError
from subscribers.model import Topic
from subscribers.topics import Node, ambiguities, in_words, parse

DAYS = 30
EDITIONS = 90
SHOWN = 8
SUGGESTED = 12
MANY_A_DAY = 20
_LOOKED_EVERY = 60.0  # seconds between looks at whether the archive has grown


@dataclass(frozen=True, slots=True)
class Line:
    """One paper that a topic would have sent."""

    day: date
    paper: Paper
    because: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What topics would have sent.

    Attributes:
        days: how many editions there were in the last 30 days.
        found: how many of their papers the topics select.
        warnings: what a reader should know before saving them.
        shown: the latest of them.
        meaning: the topics in words, one outline each.
        nothing_asked: there is no topic.
    """

    days: int = 0
    found: int = 0
    warnings: tuple[str, ...] = ()
    shown: tuple[Line, ...] = ()
    meaning: tuple[str, ...] = ()
    nothing_asked: bool = False

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
    """Tries topics on the archive, whose papers are read once and kept.

    Args:
        archive: of the installation.
        today: the day it is.
        language: of the reasons.
    """

    def __init__(self, archive: Archive, today: Callable[[], date], language: Words) -> None:
        self._archive = archive
        self._today = today
        self._language = language
        self._lock = threading.Lock()
        self._shelves: dict[int, _Kept] = {}

    def of(self, topics: Sequence[Topic]) -> Trial:
        """What these topics would have sent in the last 30 days; broken ones are left out."""
        trees = _parsed(topic for topic in topics if not topic.excluded)
        vetoes = list(_parsed(topic for topic in topics if topic.excluded).values())
        if not trees:
            return Trial(nothing_asked=True)
        shelf = self.shelf(EDITIONS)
        picked = shelf.pick(trees, vetoes)
        since = self._today() - timedelta(days=DAYS)
        counts = {day: count for day, count in picked.by_day().items() if day > since}
        lines = [
            Line(found.day, found.paper, self._language.reason(found.reason))
            for found in picked.found(SHOWN)
            if found.day > since
        ]
        return Trial(
            days=len(counts),
            found=sum(counts.values()),
            warnings=tuple(_warnings(trees, picked)),
            shown=tuple(lines),
            meaning=tuple(in_words(tree) for tree in trees.values()),
        )

    def suggestions(self) -> tuple[str, ...]:
        """The phrases that papers of late were most often given as keywords.

        Nothing until the archive was read for the first time: no page waits for it.
        """
        kept = self._shelves.get(EDITIONS)
        return kept.suggestions if kept else ()

    def shelf(self, editions: int | None = None) -> Shelf:
        """The papers of so many editions, of all without a number."""
        return self._kept(editions or 0).shelf

    def _kept(self, editions: int) -> _Kept:
        """A shelf that is at most a minute behind the archive; one thread makes it anew."""
        kept = self._shelves.get(editions)
        if kept and time.monotonic() - kept.looked_at < _LOOKED_EVERY:
            return kept
        if kept and not self._lock.acquire(blocking=False):
            return kept  # another thread is at it: the old one will do
        if not kept:
            self._lock.acquire()
        try:
            self._shelves[editions] = self._renewed(self._shelves.get(editions), editions)
            return self._shelves[editions]
        finally:
            self._lock.release()

    def _renewed(self, kept: _Kept | None, editions: int) -> _Kept:
        rows = [row for row in self._archive.list() if row.papers]
        rows = rows[:editions] if editions else rows
        state = tuple((row.date, row.papers) for row in rows)
        shelf = kept.shelf if kept and kept.state == state else None
        if shelf is None:
            since = rows[-1].date if rows else None
            shelf = Shelf(self._archive.listed(since) if rows else ())
        return _Kept(shelf, state, time.monotonic())


@dataclass
class _Kept:
    """A shelf, of what it was made, and when the archive was last looked at."""

    shelf: Shelf
    state: tuple[tuple[date, int], ...]
    looked_at: float

    @cached_property
    def suggestions(self) -> tuple[str, ...]:
        given = [keyword for paper in self.shelf.papers for keyword in set(paper.keywords)]
        written = {keyword.casefold(): keyword for keyword in given}
        counts = Counter(keyword.casefold() for keyword in given)
        several = (written[phrase] for phrase, count in counts.most_common(200) if count > 1)
        return tuple(sorted(_usable(several)[:SUGGESTED], key=str.casefold))


def _usable(phrases: Iterable[str]) -> list[str]:
    """Those that are topics as they stand."""
    usable = []
    for phrase in phrases:
        try:
            parse(phrase)
        except TopicError:
            continue
        if 3 <= len(phrase) <= 40:
            usable.append(phrase)
    return usable


def _parsed(topics: Iterable[Topic]) -> dict[str, Node]:
    trees = {}
    for topic in topics:
        try:
            trees[topic.text] = parse(topic.text)
        except TopicError:
            continue
    return trees


def _warnings(trees: dict[str, Node], picked: Picked) -> list[str]:
    editions = len(picked.shelf.days)
    found = []
    for text, tree in trees.items():
        count = picked.masks[text].bit_count()
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        if editions and not count:
            found.append(f"“{shown}” matched nothing in {editions} editions.")
        elif editions and count > MANY_A_DAY * editions:
            found.append(f"“{shown}” matches {count / editions:.0f} papers a day: narrow it.")
        for ambiguity in ambiguities(tree):
            meanings = ", ".join(ambiguity.meanings)
            found.append(f"{ambiguity.acronym} can mean {meanings}: add a word that says which.")
    return found
