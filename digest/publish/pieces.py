"""Packed digests of many readers, joined from pieces that they share.

The octets are those of `packing.pack`: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

from digest.model import Digest, Entry
from digest.publish.packing import (
    VERSION,
    compact,
    pack_full,
    pack_schedule,
    pack_topic,
    written_short,
)
from digest.publish.stream import BITS, EXCLUDED, PAUSED, Stored
from digest.selection.crowd import Crowd
from subscribers.model import Schedule, Topic
from subscribers.storage import read_instant

PLACES = 64  # more topics than that a plain reader does not have
#: What names a piece: a paper chosen by a topic, which stands at a place among the reader's.
Key = int


def key_of(papers: Any, topics: Any, places: Any, count: int) -> Any:  # noqa: ANN401  # numbers, or arrays of them
    """The key of a piece without headings; the next number is the same with headings."""
    return ((topics * count + papers) * PLACES + places) * 2


class Entries(dict[Key, str]):
    """Entries as they are packed, each made when it is first asked for."""

    def __init__(self, crowd: Crowd, places: Mapping[str, int], count: int) -> None:
        super().__init__()
        self._crowd, self._places, self._count = crowd, places, count
        self._made: dict[int, tuple[Entry, str]] = {}

    def __missing__(self, key: Key) -> str:
        rest, headings = divmod(key, 2)
        chosen, place = divmod(rest, PLACES)
        if chosen not in self._made:
            self._made[chosen] = self._make(chosen)
        entry, rest_of_it = self._made[chosen]
        paper = self._places[entry.paper.key]
        packed = f"[{paper},{place},{rest_of_it}" if rest_of_it else self._full(chosen, headings)
        self[key] = packed
        return packed

    def _make(self, chosen: int) -> tuple[Entry, str]:
        """An entry and, where it is written in short, all but its paper and its topic's place."""
        entry = self._crowd.entry(*divmod(chosen, self._count), headings=False)
        words = compact([entry.reason.phrase, entry.reason.field])[1:]
        return entry, words if written_short(entry) else ""

    def _full(self, chosen: int, headings: int) -> str:
        entry = self._crowd.entry(*divmod(chosen, self._count), headings=bool(headings))
        return compact(pack_full(entry, self._places))


class Topics(dict[int, str]):
    """Topics as they are packed, by their line as `stream.Block` has it."""

    def __init__(self, texts: Mapping[int, str]) -> None:
        super().__init__()
        self._texts = texts

    def __missing__(self, line: int) -> str:
        text, paused = self._texts[line >> BITS], bool(line & PAUSED)
        topic = Topic(text=text, excluded=bool(line & EXCLUDED), paused=paused)
        packed = self[line] = compact(pack_topic(topic))
        return packed


class Listed(dict[int, str]):
    """Some papers' places as they are packed, by a number whose digits are papers.

    Args:
        places: of the papers in the frozen copy, by number.

    Attributes:
        base: of the digits; paper `n` is digit `n + 1`, and 0 none.
    """

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__()
        self._places = places
        self.base = len(places) + 1

    def __missing__(self, key: int) -> str:
        found, rest = [], key
        while rest:
            rest, digit = divmod(rest, self.base)
            found += [self._places[digit - 1]] if digit else []
        packed = self[key] = ",".join(map(str, reversed(found)))
        return packed


class Packer:
    """Packs digests of one occasion.

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

    def pack(self, reader: Stored, style: Style, topics: str, entries: str, also: str) -> str:
        """What `packing.pack` writes, of topics, entries and places that are packed and joined."""
        return (
            f'{self._head}{reader.id},"email":{quoted(reader.email)}{style.before}'
            f"{topics}{style.after}{_agreed(reader.confirmed_at)}}}"
            f',"entries":[{entries}],"also":[{also}]}}'
        )


class Style(NamedTuple):
    """What stands before and behind the topics of readers who are alike."""

    before: str
    after: str


def style_of(reader: Stored, schedule: Schedule) -> Style:
    """Of all readers with this schedule, template, language and standing."""
    named = {"status": reader.status, "template": reader.template, "locale": reader.locale}
    before = f',{compact(named)[1:-1]},"topics":['
    return Style(before, f'],"schedule":{compact(pack_schedule(schedule))},"confirmed_at":')


@lru_cache(maxsize=4096)
def _agreed(stored: Any) -> str:  # noqa: ANN401  # text on SQLite, an instant on PostgreSQL
    at = read_instant(stored)
    return f'"{at.isoformat()}"' if at else "null"
