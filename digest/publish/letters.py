"""Packed digests, read as the renderer takes them: what readers share is read once.

A packed digest (`packing.pack`) is cut at its names, of which each stands in it once: within a
text of JSON a quotation mark has a backslash before it, so nothing that anybody wrote looks like
one. Pieces that many rows hold alike are kept under what is packed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from digest.model import Entry, Paper, asks
from digest.publish.packing import (
    several,
    unpack,
    unpack_entry,
    unpack_schedule,
    unpack_topics,
)
from digest.rendering import Letter, Selection, Wishes, letter_of
from subscribers.model import Topic

_KEPT_SELECTIONS = 2048
_KEPT_ENTRIES = 20_000
_KEPT_WISHES = 16_384


class Cut(NamedTuple):
    """A packed digest in pieces, each as it is packed.

    Attributes:
        head: what all readers of an occasion have alike, with the opening brace.
        asked: status, template, language, topics and schedule.
        topics: of `asked`, the topics, without the brackets around them.
        rest: entries and lists, with the closing brace.
    """

    head: str
    number: str
    email: str
    asked: str
    topics: str
    agreed: str
    rest: str


def cut(text: str) -> Cut | None:
    """The pieces of a packed digest; None for one that is written otherwise."""
    head, first, rest = text.partition(',"reader":{"id":')
    reader, second, rest = rest.partition('},"entries":')
    number, third, reader = reader.partition(',"email":')
    email, fourth, reader = reader.partition(',"status":')
    asked, fifth, agreed = reader.partition(',"confirmed_at":')
    before, sixth, _ = asked.partition('],"schedule":')
    topics = before.partition(',"topics":[')[2]
    if not (first and second and third and fourth and fifth and sixth):
        return None
    return Cut(head, number, email, asked, topics, agreed, rest)


class Letters:
    """Reads the packed digests of one frozen copy of papers.

    Args:
        papers: the frozen copy.
    """

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = papers
        self._entries: dict[tuple[Any, ...], Entry] = {}
        self._selection = lru_cache(maxsize=_KEPT_SELECTIONS)(self._read_selection)

    def read(self, text: str) -> Letter:
        """The letter of a packed digest."""
        pieces = cut(text)
        if pieces is None:
            return letter_of(unpack(text, self._papers))
        head, number, email, asked, topics, agreed, rest = pieces
        return Letter(
            int(number),
            json.loads(email) if "\\" in email else email[1:-1],
            None if agreed == "null" else _day(agreed[1:11]),
            _wishes(asked),
            self._selection(head, topics, rest),
        )

    def _read_selection(self, head: str, topics: str, rest: str) -> Selection:
        said, packed = _loaded(head), json.loads('{"entries":' + rest)
        return Selection(
            said["kind"],
            said["occasion"],
            date.fromisoformat(said["date"]),
            self._read_entries(packed["entries"], _topics(topics)),
            self._listed(packed["also"]),
            self._listed(packed.get("missed", ())),
            said["considered"],
            said["catch_up"],
            asks(_topics(topics)),
        )

    def _read_entries(self, packed: Sequence[Any], topics: tuple[Topic, ...]) -> tuple[Entry, ...]:
        headings = several(topics)
        return tuple([self._read_entry(one, topics, headings=headings) for one in packed])

    def _read_entry(self, packed: Any, topics: tuple[Topic, ...], *, headings: bool) -> Entry:  # noqa: ANN401  # JSON
        """An entry; in short it is one and the same for all readers to whom it says the same."""
        if not isinstance(packed, list):
            return unpack_entry(packed, self._papers, topics)
        place, number, phrase, field = packed
        key = (place, topics[number].text, phrase, field, headings)
        found = self._entries.get(key)
        if found is None:
            if len(self._entries) >= _KEPT_ENTRIES:
                self._entries.clear()
            found = self._entries[key] = unpack_entry(packed, self._papers, topics)
        return found

    def _listed(self, places: Sequence[int]) -> tuple[Paper, ...]:
        return tuple([self._papers[place] for place in places])


@lru_cache(maxsize=64)
def _loaded(head: str) -> dict[str, Any]:
    return dict(json.loads(head + "}"))


@lru_cache(maxsize=_KEPT_WISHES)
def _wishes(asked: str) -> Wishes:
    said = json.loads('{"status":' + asked + "}")
    topics, schedule = unpack_topics(said["topics"]), unpack_schedule(said["schedule"])
    return Wishes(said["template"], said["locale"], topics, schedule)


@lru_cache(maxsize=_KEPT_WISHES)
def _topics(packed: str) -> tuple[Topic, ...]:
    return unpack_topics(json.loads(f"[{packed}]"))


_day = lru_cache(maxsize=4096)(date.fromisoformat)
