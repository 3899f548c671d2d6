"""Pieces of messages, rendered and encoded once, for all readers of one language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from digest.model import Entry, Paper, Reason
from digest.rendering.clean import clean
from digest.rendering.fields import ENTRY_LATE
from digest.rendering.papers import Detail, paper_fields
from digest.rendering.quoted import encode
from digest.rendering.splice import Hole, Spliced, splice, split
from digest.rendering.template import Compiled, Part, wrap
from digest.words import Words

ENTRIES, ALSO = "entries", "also"
_CLOSED = frozenset({ENTRIES, ALSO})
_KEPT = 20_000
_LONGEST_REASON = 300

_LINKS = ("more_url", "less_url")

Shown = tuple[str, ...]
EntryKey = tuple[int, Reason, str, str, Detail, bool]


@dataclass(frozen=True, slots=True)
class Pair:
    """The HTML and the text of the same thing."""

    html: Spliced
    text: Spliced


@lru_cache(maxsize=16_384)
def html_value(text: str | Markup) -> bytes:
    """What fills a hole in HTML; `Markup` is HTML already."""
    return encode(str(escape(text)))


@lru_cache(maxsize=16_384)
def text_value(text: str) -> bytes:
    """What fills a hole in the text part: wrapped."""
    return encode(wrap(text))


class Fragments:
    """The pieces of one template in one language.

    A paper's piece is found by the paper's identity first: an edition's papers are the same
    objects for all its readers, and to hash a paper takes longer than to fill its piece.
    """

    def __init__(self, compiled: Compiled, language: Words) -> None:
        self._compiled = compiled
        self.language = language
        self._entries: dict[EntryKey, tuple[Paper, Pair]] = {}
        self._frames: dict[Shown, Pair] = {}
        self._subjects: dict[Shown, tuple[str, ...]] = {}
        self._near: dict[tuple[int, str, Detail, Shown], tuple[Paper, Pair]] = {}
        self._items: dict[tuple[Paper, str, Detail, Shown], Pair] = {}

    def entry(self, entry: Entry, heading: str, detail: Detail, *, linked: bool) -> Pair:
        """An entry's piece under its heading, with its reason; links are still to be put in.

        Args:
            entry: as it was selected.
            heading: what stands over it, "" for nothing.
            detail: how much of it is shown.
            linked: whether it has links for feedback.
        """
        key = (id(entry.paper), entry.reason, heading, entry.returned, detail, linked)
        found = self._entries.get(key)
        if found is None or found[0] is not entry.paper:
            found = (entry.paper, self._bound(entry, heading, detail, linked=linked))
            if len(self._entries) >= _KEPT:
                self._entries.clear()
            self._entries[key] = found
        return found[1]

    def _bound(self, entry: Entry, heading: str, detail: Detail, *, linked: bool) -> Pair:
        because = clean(self.language.reason(entry.reason), _LONGEST_REASON)
        texts = {
            "heading": heading,
            "reason": self.language("entry.because", reason=because),
            "returned": clean(entry.returned, _LONGEST_REASON),
        }
        present = {name: text for name, text in texts.items() if text}
        pair = self.item(entry.paper, ENTRIES, detail, (*present, *(_LINKS if linked else ())))
        return Pair(
            pair.html.bound({name: html_value(text) for name, text in present.items()}),
            pair.text.bound({name: text_value(text) for name, text in present.items()}),
        )

    def frame(self, shown: Shown) -> Pair:
        """Everything around the papers, for those who have just these fields."""
        found = self._frames.get(shown)
        if found is None:
            html, text = (self._frame(p, shown) for p in (self._compiled.html, self._compiled.text))
            found = self._frames[shown] = Pair(html, text)
        return found

    def subject(self, shown: Shown) -> tuple[str, ...]:
        """The subject's text, cut at its holes."""
        found = self._subjects.get(shown)
        if found is None:
            rendered = self._compiled.subject.render_frame(frozenset(shown), self.language)
            found = self._subjects[shown] = split(rendered)
        return found

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

    def _frame(self, part: Part, shown: Shown) -> Spliced:
        return splice(part.render_frame(frozenset(shown), self.language), _CLOSED)

    def _item(self, part: Part, paper: Paper, loop: str, detail: Detail, shown: Shown) -> Spliced:
        if loop not in part.loops:
            return splice("")
        known = paper_fields(paper, self.language, detail)
        late = {name: Hole(name) if name in shown else "" for name in ENTRY_LATE}
        fields = {name: getattr(known, name) for name in known.__slots__} | late
        rendered = part.render_item(loop, fields, self.language)
        # A loop's pieces are joined as they are, so each ends where a line ends.
        return splice(rendered if rendered.endswith("\n") else rendered + "\n")
