"""Joins encoded pieces into the two parts of one reader's message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from digest.model import Entry, Paper
from digest.rendering.budget import plan
from digest.rendering.fragments import (
    ALSO,
    ENTRIES,
    Fragments,
    Pair,
    html_value,
    text_value,
)
from digest.rendering.papers import Detail
from digest.rendering.quoted import SOFT_BREAK, encode


class Encoded(NamedTuple):
    """A field that was encoded for both parts already."""

    html: bytes
    text: bytes


# On a line of their own, wherever the address before them ends.
_MORE, _LESS = SOFT_BREAK + b"/more", SOFT_BREAK + b"/less"

Value = str | Encoded
Fields = Mapping[str, Value]


class Item(NamedTuple):
    """An entry with what differs for its reader.

    Attributes:
        heading: what stands over it, "" for nothing.
        feedback: the encoded address of its feedback pages, empty for none.
    """

    entry: Entry
    heading: str
    feedback: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a message's parts are made of.

    Attributes:
        fields: the fields of the frame, those that are there.
    """

    pieces: Fragments
    fields: Fields
    items: Sequence[Item]
    also: Sequence[Paper]

    def join(self, details: Sequence[Detail]) -> tuple[bytes, bytes]:
        """The encoded HTML and text, with as many entries as there are details."""
        html_pieces: list[bytes] = []
        text_pieces: list[bytes] = []
        for item, detail in zip(self.items, details, strict=False):
            pair, feedback = self._pair(item, detail), item.feedback
            urls = {"more_url": feedback + _MORE, "less_url": feedback + _LESS}
            pair.html.fill(urls, html_pieces)
            pair.text.fill(urls, text_pieces)
        also = [self.pieces.item(paper, ALSO, Detail.TITLE, ()) for paper in self.also]
        loops = (ENTRIES,) * bool(details) + (ALSO,) * bool(also)
        frame = self.pieces.frame((*self.fields, *loops))
        html, text = encoded_fields(self.fields)
        html[ENTRIES], text[ENTRIES] = b"".join(html_pieces), b"".join(text_pieces)
        html[ALSO] = b"".join([pair.html.filled({}) for pair in also])
        text[ALSO] = b"".join([pair.text.filled({}) for pair in also])
        return frame.html.filled(html), frame.text.filled(text)

    def fit(self, room: int, frame_size: int) -> Sequence[Detail]:
        """How much of each entry can be shown within `room` octets of HTML."""
        return plan(len(self.items), self._size, room - frame_size)

    def _pair(self, item: Item, detail: Detail) -> Pair:
        linked = bool(item.feedback)
        return self.pieces.entry(item.entry, item.heading, detail, linked=linked)

    def _size(self, place: int, detail: Detail) -> int:
        item = self.items[place]
        html = self._pair(item, detail).html
        return html.size + len(html.holes) * (len(item.feedback) + len(_MORE))


def encoded_fields(fields: Fields) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The frame's fields, encoded for HTML and for the text part."""
    html: dict[str, bytes] = {}
    text: dict[str, bytes] = {}
    for name, value in fields.items():
        if not isinstance(value, str):
            html[name], text[name] = value
        elif name.endswith("_url"):
            html[name] = text[name] = encode(value)
        else:
            html[name], text[name] = html_value(value), text_value(value)
    return html, text


def filled(cut: Sequence[str], fields: Fields) -> str:
    """Text that was cut at its holes, filled."""
    values = list(cut)
    for place in range(1, len(cut), 2):
        value = fields[cut[place]]
        values[place] = value if isinstance(value, str) else ""
    return "".join(values)
