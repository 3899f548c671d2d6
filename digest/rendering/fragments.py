"""Pieces of messages, rendered and encoded once, for all readers of one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from markupsafe import escape

from digest.model import Entry, Paper, Rule
from digest.rendering.clean import clean
from digest.rendering.fields import ENTRY_LATE
from digest.rendering.papers import Detail, paper_fields
from digest.rendering.quoted import SOFT_BREAK, encode
from digest.rendering.shared import Shared
from digest.rendering.splice import Hole, Spliced, splice, split
from digest.rendering.template import Compiled, Part, wrap
from digest.returning import told
from digest.words import Words

ENTRIES, ALSO, MISSED = "entries", "also", "missed"
_CLOSED = frozenset({ENTRIES, ALSO, MISSED})
_KEPT = 20_000
_KEPT_FRAMES = 512
_LONGEST_REASON = 300

# An entry's links differ in their ends alone. Each end is on a line of its own, wherever the
# address before it ends.
_LINKS = {"more_url": SOFT_BREAK + b"/more", "less_url": SOFT_BREAK + b"/less"}
_LONGEST_END = 8

Shown = tuple[str, ...]
EntryKey = tuple[int, Rule, str, str, str, tuple[str, ...], str, str, Detail, bool]


class Encoded(NamedTuple):
    """A field that was encoded for both parts already."""

    html: bytes
    text: bytes


Value = str | Encoded
Fields = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Pair:
    """The HTML and the text of the same thing."""

    html: Spliced
    text: Spliced


@dataclass(frozen=True, slots=True)
class Linked:
    """An entry's pieces, for `bytes.join`: between them stands the address of its feedback.

    Attributes:
        size: octets of its HTML before the encoding, the addresses left out.
    """

    html: tuple[bytes, ...]
    text: tuple[bytes, ...]
    size: int


@lru_cache(maxsize=16_384)
def in_html(text: str) -> bytes:
    """What fills a hole in the HTML: escaped and encoded."""
    return encode(str(escape(text)))


@lru_cache(maxsize=16_384)
def in_text(text: str) -> bytes:
    """What fills a hole in the text part: wrapped and encoded."""
    return encode(wrap(text))


def filled_in(name: str, value: Value, *, html: bool) -> bytes:
    """A field of the frame, encoded for one of the parts."""
    if isinstance(value, Encoded):
        return value.html if html else value.text
    if name.endswith("_url"):
        return encode(value)
    return in_html(value) if html else in_text(value)


def encoded_fields(fields: Fields) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The frame's fields, encoded for HTML and for the text part."""
    html = {name: filled_in(name, value, html=True) for name, value in fields.items()}
    return html, {name: filled_in(name, value, html=False) for name, value in fields.items()}


class Fragments:
    """The pieces of one template in one language.

    A paper's piece is found by the paper's identity first: an edition's papers are the same
    objects for all its readers, and to hash a paper takes longer than to fill its piece.
    """

    def __init__(self, compiled: Compiled, language: Words) -> None:
        self._compiled = compiled
        self.language = language
        self._entries: dict[EntryKey, tuple[Paper, Linked]] = {}
        self._frames: dict[tuple[Shown, Shared], Pair] = {}
        self._subjects: dict[tuple[Shown, Shared], tuple[str, ...]] = {}
        self._near: dict[tuple[int, str, Detail, Shown], tuple[Paper, Pair]] = {}
        self._items: dict[tuple[Paper, str, Detail, Shown], Pair] = {}

    def entry(self, entry: Entry, heading: str, detail: Detail, *, linked: bool) -> Linked:
        """An entry's pieces under its heading, with its reason.

        Args:
            entry: as it was selected.
            heading: what stands over it, "" for nothing.
            detail: how much of it is shown.
            linked: whether it has links for feedback.
        """
        paper, why = entry.paper, entry.reason
        # The reason's fields one by one: to hash and compare a dataclass takes longer.
        key = (
            id(paper), why.rule, why.topic, why.phrase, why.field, why.others,
            heading, entry.returned, detail, linked,
        )  # fmt: skip
        found = self._entries.get(key)
        if found is None or found[0] is not paper:
            found = (paper, self._linked(entry, heading, detail, linked=linked))
            if len(self._entries) >= _KEPT:
                self._entries.clear()
            self._entries[key] = found
        return found[1]

    def _linked(self, entry: Entry, heading: str, detail: Detail, *, linked: bool) -> Linked:
        because = clean(self.language.reason(entry.reason), _LONGEST_REASON)
        texts = {
            "heading": heading,
            "reason": self.language("entry.because", reason=because),
            "returned": clean(told(entry.returned, self.language), _LONGEST_REASON),
        }
        present = {name: text for name, text in texts.items() if text}
        pair = self.item(entry.paper, ENTRIES, detail, (*present, *(_LINKS if linked else ())))
        values_html, values_text = encoded_fields(present)
        html, text = pair.html.bound(values_html), pair.text.bound(values_text)
        size = html.size + len(html.holes) * _LONGEST_END
        return Linked(html.parted(_LINKS), text.parted(_LINKS), size)

    def frame(self, shown: Shown, shared: Shared) -> Pair:
        """Everything around the papers, for those who have just these fields.

        Args:
            shown: names of fields that are still to be put in.
            shared: the others.
        """
        found = self._frames.get((shown, shared))
        if found is None:
            if len(self._frames) >= _KEPT_FRAMES:
                self._frames.clear()
            found = self._frames[shown, shared] = self._frame(shown, shared)
        return found

    def _frame(self, shown: Shown, shared: Shared) -> Pair:
        every = frozenset((*shown, *shared.fields))
        html, text = (
            splice(part.render_frame(every, self.language), _CLOSED)
            for part in (self._compiled.html, self._compiled.text)
        )
        values_html, values_text = encoded_fields(shared.fields)
        return Pair(html.bound(values_html), text.bound(values_text))

    def subject(self, shown: Shown, shared: Shared) -> tuple[str, ...]:
        """The subject's text, cut at its holes: text, name, text and so on.

        Args:
            shown: names of fields that are still to be put in.
            shared: the others.
        """
        found = self._subjects.get((shown, shared))
        if found is None:
            if len(self._subjects) >= _KEPT_FRAMES:
                self._subjects.clear()
            every = frozenset((*shown, *shared.fields))
            rendered = self._compiled.subject.render_frame(every, self.language)
            found = self._subjects[shown, shared] = split(rendered, shared.fields)
        return found

    def listed(self, paper: Paper, loop: str) -> Encoded:
        """A paper's line in a list of titles."""
        pair = self.item(paper, loop, Detail.TITLE, ())
        return Encoded(pair.html.filled({}), pair.text.filled({}))

    def item(self, paper: Paper, loop: str, detail: Detail, shown: Shown) -> Pair:
        """A paper's piece of a loop."""
        near = (id(paper), loop, detail, shown)
        found = self._near.get(near)
        if found is None or found[0] is not paper:
            found = (paper, self._equal_item(paper, loop, detail, shown))
            if len(self._near) >= _KEPT:
                self._near.clear()
            self._near[near] = found
        return found[1]

    def _equal_item(self, paper: Paper, loop: str, detail: Detail, shown: Shown) -> Pair:
        key = (paper, loop, detail, shown)
        found = self._items.get(key)
        if found is None:
            parts = (self._compiled.html, self._compiled.text)
            html, text = (self._item(part, paper, loop, detail, shown) for part in parts)
            if len(self._items) >= _KEPT:
                self._items.clear()
            found = self._items[key] = Pair(html, text)
        return found

    def _item(self, part: Part, paper: Paper, loop: str, detail: Detail, shown: Shown) -> Spliced:
        if loop not in part.loops:
            return splice("")
        known = paper_fields(paper, self.language, detail)
        late = {name: Hole(name) if name in shown else "" for name in ENTRY_LATE}
        fields = {name: getattr(known, name) for name in known.__slots__} | late
        rendered = part.render_item(loop, fields, self.language)
        # A loop's pieces are joined as they are, so each ends where a line ends.
        return splice(rendered if rendered.endswith("\n") else rendered + "\n")
