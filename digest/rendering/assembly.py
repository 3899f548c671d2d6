"""Joins encoded pieces into the two parts of one reader's message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from digest.model import Entry, Paper
from digest.rendering.budget import plan
from digest.rendering.fragments import (
    ALSO,
    ENTRIES,
    Fragments,
    Pair,
    Shown,
    html_value,
    text_value,
)
from digest.rendering.papers import Detail
from digest.rendering.quoted import encode

#: A field's value: text, or HTML and the text that says the same.
Value = str | tuple[Markup, str]
Fields = Mapping[str, Value]


class Item(NamedTuple):
    """An entry with what differs for its reader, encoded for the HTML and the text part."""

    entry: Entry
    shown: Shown
    html: Mapping[str, bytes]
    text: Mapping[str, bytes]


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
        shown = list(zip(self.items, self._pairs(details), strict=False))
        also = [self.pieces.item(paper, ALSO, Detail.TITLE, ()) for paper in self.also]
        loops = (ENTRIES,) * bool(shown) + (ALSO,) * bool(also)
        frame = self.pieces.frame((*self.fields, *loops))
        html, text = encoded_fields(self.fields)
        html[ENTRIES] = b"".join([pair.html.fill(item.html) for item, pair in shown])
        text[ENTRIES] = b"".join([pair.text.fill(item.text) for item, pair in shown])
        html[ALSO] = b"".join([pair.html.fill({}) for pair in also])
        text[ALSO] = b"".join([pair.text.fill({}) for pair in also])
        return frame.html.fill(html), frame.text.fill(text)

    def fit(self, room: int, frame_size: int) -> Sequence[Detail]:
        """How much of each entry can be shown within `room` octets of HTML."""
        return plan(len(self.items), self._size, room - frame_size)

    def _pairs(self, details: Sequence[Detail]) -> list[Pair]:
        item = self.pieces.item
        return [
            item(it.entry.paper, ENTRIES, detail, it.shown)
            for it, detail in zip(self.items, details, strict=False)
        ]

    def _size(self, place: int, detail: Detail) -> int:
        item = self.items[place]
        pair = self.pieces.item(item.entry.paper, ENTRIES, detail, item.shown)
        return pair.html.size + sum(len(item.html[name]) for _, name in pair.html.holes)


def encoded_fields(fields: Fields) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The frame's fields, encoded for HTML and for the text part."""
    html: dict[str, bytes] = {}
    text: dict[str, bytes] = {}
    for name, value in fields.items():
        rich, plain = (value, value) if isinstance(value, str) else value
        if name.endswith("_url"):
            html[name] = text[name] = encode(plain)
        else:
            html[name], text[name] = html_value(rich), text_value(plain)
    return html, text


def filled(cut: Sequence[str], fields: Fields) -> str:
    """Text that was cut at its holes, filled."""
    values = list(cut)
    for place in range(1, len(cut), 2):
        value = fields[cut[place]]
        values[place] = value if isinstance(value, str) else value[1]
    return "".join(values)
