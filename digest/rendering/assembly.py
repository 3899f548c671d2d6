"""Joins encoded pieces into the two parts of one reader's message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.model import Entry, Paper
from digest.rendering.budget import plan
from digest.rendering.fragments import (
    ALSO,
    ENTRIES,
    MISSED,
    Fields,
    Fragments,
    encoded_fields,
)
from digest.rendering.papers import Detail
from digest.rendering.quoted import decode
from digest.rendering.shared import Shared

Pieces = list[bytes]


#: An entry with what differs for its reader: the heading over it, "" for none, and the encoded
#: address of its feedback pages, empty for none.
Item = tuple[Entry, str, bytes]


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a message's parts are made of.

    Attributes:
        shared: fields of the frame that many readers have alike.
        fields: the others, those that are there.
    """

    pieces: Fragments
    shared: Shared
    fields: Fields
    items: Sequence[Item]
    also: Sequence[Paper]
    missed: Sequence[Paper] = ()

    def join(self, details: Sequence[Detail]) -> tuple[Pieces, Pieces]:
        """The encoded HTML and text in pieces, with as many entries as there are details."""
        html, text = encoded_fields(self.fields)
        loops: tuple[str, ...] = ()
        if details:
            html[ENTRIES], text[ENTRIES] = self._entries(details)
            loops = (ENTRIES,)
        for name, papers in ((MISSED, self.missed), (ALSO, self.also)):
            if papers:
                pairs = [self.pieces.item(paper, name, Detail.TITLE, ()) for paper in papers]
                html[name] = b"".join([pair.html.filled({}) for pair in pairs])
                text[name] = b"".join([pair.text.filled({}) for pair in pairs])
                loops = (*loops, name)
        frame = self.pieces.frame((*self.fields, *loops), self.shared)
        html_pieces: Pieces = []
        text_pieces: Pieces = []
        frame.html.fill(html, html_pieces)
        frame.text.fill(text, text_pieces)
        return html_pieces, text_pieces

    def subject(self) -> str:
        """The subject's text."""
        values = list(self.pieces.subject(tuple(self.fields), self.shared))
        for place in range(1, len(values), 2):
            value = self.fields[values[place]]
            values[place] = value if isinstance(value, str) else decode(value.text)
        return "".join(values)

    def _entries(self, details: Sequence[Detail]) -> tuple[bytes, bytes]:
        html: Pieces = []
        text: Pieces = []
        for (entry, heading, feedback), detail in zip(self.items, details, strict=False):
            linked = self.pieces.entry(entry, heading, detail, linked=feedback != b"")
            html.append(feedback.join(linked.html))
            text.append(feedback.join(linked.text))
        return b"".join(html), b"".join(text)

    def fit(self, room: int, frame_size: int) -> Sequence[Detail]:
        """How much of each entry can be shown within `room` octets of HTML."""
        return plan(len(self.items), self._size, room - frame_size)

    def _size(self, place: int, detail: Detail) -> int:
        entry, heading, feedback = self.items[place]
        linked = self.pieces.entry(entry, heading, detail, linked=feedback != b"")
        return linked.size + (len(linked.html) - 1) * len(feedback)
