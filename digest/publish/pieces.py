"""Packed digests of many readers, joined from pieces that they share.

The octets are those of `packing.pack`: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

import numpy as np

from digest.model import Digest
from digest.publish.joining import Ints, Numbers, Pieces, Run
from digest.publish.packing import (
    VERSION,
    compact,
    pack_full,
    pack_schedule,
    pack_topic,
    written_short,
)
from digest.publish.stream import BITS, EXCLUDED, PAUSED, Sort
from digest.selection.crowd import Crowd
from digest.selection.many import within
from subscribers.model import Schedule, Topic
from subscribers.storage import read_instant

PLACES = 64  # more topics than that a plain reader does not have


class Topics:
    """Topics as they are packed, by their line as `stream.Block` has it.

    Args:
        pieces: where they are kept: each twice, the second time behind a comma.
        texts: of all topics, by id.
    """

    def __init__(self, pieces: Pieces, texts: Mapping[int, str]) -> None:
        self._pieces, self._texts = pieces, texts
        self._numbers = Numbers(self._make, (max(texts, default=0) + 1) << BITS)

    def run(self, lines: Ints, counts: Ints) -> Run:
        """Each reader's topics."""
        return Run(self._numbers.of(lines) + (within(counts) > 0), counts)

    def _make(self, line: int) -> int:
        text, excluded, paused = self._texts[line >> BITS], line & EXCLUDED, line & PAUSED
        topic = Topic(text=text, excluded=bool(excluded), paused=bool(paused))
        packed = compact(pack_topic(topic))
        return self._pieces.add(packed, f",{packed}")


class Entries:
    """Entries as they are packed: what stands before their topic's place, the place, and the rest.

    Args:
        pieces: where they are kept.
        crowd: makes them.
        places: of the papers in the frozen copy, by key.
        topics: how many there are.
    """

    def __init__(
        self, pieces: Pieces, crowd: Crowd, places: Mapping[str, int], topics: int
    ) -> None:
        self._pieces, self._crowd, self._places = pieces, crowd, places
        self._count = len(places)
        self._numbers = Numbers(self._make, 2 * topics * self._count)
        self._place = pieces.add(*map(str, range(PLACES)))
        self._nothing = pieces.add("")

    def run(self, papers: Ints, topics: Ints, places: Ints, headings: Ints, counts: Ints) -> Run:
        """Each reader's entries.

        Args:
            papers: by number.
            topics: which chose them.
            places: where the topics stand among the reader's.
            headings: 1 where entries stand under headings, 0 elsewhere.
            counts: how many entries each reader has.
        """
        first, short = np.divmod(
            self._numbers.of(2 * (topics * self._count + papers) + headings), 2
        )
        place = np.where(short, self._place + places, self._nothing)
        pieces = np.stack([first + (within(counts) > 0), place, first + 2], axis=1)
        return Run(pieces.ravel(), 3 * counts)

    def _make(self, key: int) -> int:
        """Twice the number of its first piece, and one more where it is written in short."""
        chosen, headings = divmod(key, 2)
        entry = self._crowd.entry(*divmod(chosen, self._count), headings=bool(headings))
        before, rest = compact(pack_full(entry, self._places)), ""
        if short := written_short(entry):
            words = compact([entry.reason.phrase, entry.reason.field])
            before, rest = f"[{self._places[entry.paper.key]},", f",{words[1:]}"
        return 2 * self._pieces.add(before, f",{before}", rest) + short


class Listed(dict[int, int]):
    """The end of packed digests, with places of papers, by a number whose digits are papers.

    Args:
        pieces: where they are kept.
        places: of the papers in the frozen copy, by number.

    Attributes:
        base: of the digits; paper `n` is digit `n + 1`, and 0 none.
    """

    def __init__(self, pieces: Pieces, places: Sequence[int]) -> None:
        super().__init__()
        self._pieces, self._places = pieces, places
        self.base = len(places) + 1

    def run(self, digits: Ints) -> Run:
        """The end of each reader's, of a row of digits."""
        keys = digits @ self.base ** np.arange(digits.shape[1])[::-1]
        numbers = np.fromiter(map(self.__getitem__, keys.tolist()), np.int64, len(keys))
        return Run(numbers, np.ones(len(keys), np.int64))

    def __missing__(self, key: int) -> int:
        found, rest = [], key
        while rest:
            rest, digit = divmod(rest, self.base)
            found += [self._places[digit - 1]] if digit else []
        number = self[key] = self._pieces.add(f'],"also":{compact(found[::-1])}}}')
        return number


class Packer:
    """Packs what digests of one occasion begin with.

    Args:
        digest: any of them; its reader and entries play no part.
    """

    def __init__(self, digest: Digest) -> None:
        head = {
            "v": VERSION,
            "kind": digest.kind,
            "occasion": digest.occasion,
            "date": digest.date.isoformat(),
            "considered": digest.considered,
            "catch_up": digest.catch_up,
        }
        self._head = compact(head)[:-1] + ',"reader":{"id":'

    def heads(
        self, ids: Sequence[int], emails: Sequence[str], styles: Sequence[Style]
    ) -> list[str]:
        """All that stands before readers' topics."""
        named = zip(ids, emails, styles, strict=True)
        return [
            f'{self._head}{n},"email":{quoted(email)}{style.before}' for n, email, style in named
        ]


class Style(NamedTuple):
    """What stands before and behind the topics of readers who are alike."""

    before: str
    after: str

    def middle(self, agreed: Any) -> str:  # noqa: ANN401  # text on SQLite, an instant on PostgreSQL
        """What stands between a reader's topics and entries; of when they confirmed, as stored."""
        return f'{self.after}{_agreed(agreed)}}},"entries":['


def style_of(sort: Sort, schedule: Schedule) -> Style:
    """Of all readers with this schedule, template, language and standing."""
    named = {"status": sort.status, "template": sort.template, "locale": sort.locale}
    before = f',{compact(named)[1:-1]},"topics":['
    return Style(before, f'],"schedule":{compact(pack_schedule(schedule))},"confirmed_at":')


@lru_cache(maxsize=4096)
def _agreed(stored: Any) -> str:  # noqa: ANN401  # text on SQLite, an instant on PostgreSQL
    at = read_instant(stored)
    return f'"{at.isoformat()}"' if at else "null"
