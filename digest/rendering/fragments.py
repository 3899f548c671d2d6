"""Pieces of messages, rendered and encoded once, for all readers of one language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from digest.model import Paper, Reason
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

Shown = tuple[str, ...]


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
        self._reasons: dict[Reason, tuple[bytes, bytes]] = {}
        self._frames: dict[Shown, Pair] = {}
        self._subjects: dict[Shown, tuple[str, ...]] = {}
        self._near: dict[tuple[int, str, Detail, Shown], tuple[Paper, Pair]] = {}
        self._items: dict[tuple[Paper, str, Detail, Shown], Pair] = {}

    def reason(self, reason: Reason) -> tuple[bytes, bytes]:
        """Why a paper was chosen, encoded for the HTML and for the text part."""
        found = self._reasons.get(reason)
        if found is None:
            because = clean(self.language.reason(reason), _LONGEST_REASON)
            text = self.language("entry.because", reason=because)
            if len(self._reasons) >= _KEPT:
                self._reasons.clear()
            found = self._reasons[reason] = (html_value(text), text_value(text))
        return found

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
