"""Packed digests of many readers, joined from pieces that they share.

The octets are those of `packing.pack`: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any

from digest.model import Digest, Entry
from digest.publish.packing import (
    VERSION,
    compact,
    pack_full,
    pack_schedule,
    pack_topic,
    written_short,
)
from digest.publish.stream import Stored
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
    """Topics as they are packed, by four times their id: and 1 for an exclusion, 2 if paused."""

    def __init__(self, texts: Mapping[int, str]) -> None:
        super().__init__()
        self._texts = texts

    def __missing__(self, key: int) -> str:
        topic = Topic(text=self._texts[key >> 2], excluded=bool(key & 1), paused=bool(key & 2))
        packed = self[key] = compact(pack_topic(topic))
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
        self._styles: dict[tuple[Any, ...], str] = {}
        self._schedules: dict[Schedule, str] = {}

    def pack(
        self, reader: Stored, schedule: Schedule, topics: str, entries: str, also: Sequence[int]
    ) -> str:
        """What `packing.pack` writes, of topics and entries that are packed and joined."""
        agreed = read_instant(reader.confirmed_at)
        confirmed = f'"{agreed.isoformat()}"' if agreed else "null"
        listed = ",".join(map(str, also))
        return (
            f'{self._head}{reader.id},"email":{quoted(reader.email)}{self._style(reader)}'
            f'{topics}],"schedule":{self._schedule(schedule)},"confirmed_at":{confirmed}}}'
            f',"entries":[{entries}],"also":[{listed}]}}'
        )

    def _style(self, reader: Stored) -> str:
        key = (reader.course[0], reader.template, reader.locale)
        known = self._styles.get(key)
        if known is None:
            named = dict(zip(("status", "template", "locale"), key, strict=True))
            known = self._styles[key] = f',{compact(named)[1:-1]},"topics":['
        return known

    def _schedule(self, schedule: Schedule) -> str:
        known = self._schedules.get(schedule)
        if known is None:
            known = self._schedules[schedule] = compact(pack_schedule(schedule))
        return known
