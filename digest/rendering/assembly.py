"""Joins encoded pieces into the two parts of a message.

What all readers of one selection have alike is a form; for each of them its blanks are filled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.model import WELCOME, Entry
from digest.rendering.budget import plan
from digest.rendering.fragments import (
    ALSO,
    ENTRIES,
    MISSED,
    Encoded,
    Fields,
    Fragments,
    Linked,
    encoded_fields,
)
from digest.rendering.letter import Selection
from digest.rendering.papers import Detail
from digest.rendering.parts import Part
from digest.rendering.quoted import decode
from digest.rendering.sentences import sentences
from digest.rendering.shared import Shared, Sharing
from digest.rendering.views import BLANKS, Own, cut_note, headings, present


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What all readers of one selection have alike.

    Attributes:
        subject: its text, with a place in `BLANKS` wherever a blank is.
        keys: of the papers whose feedback is asked for, in octets.
        about: date, kind and template, as Feedback-ID names them.
    """

    subject: tuple[str | int, ...]
    html: Part
    text: Part
    keys: Sequence[bytes]
    about: str

    def title(self, own: Own) -> str:
        """The subject's text."""
        said = self.subject
        return "".join([one if isinstance(one, str) else decode(own.text[one]) for one in said])


class Forms:
    """Makes the forms of one template in one language.

    Args:
        name: the template's.
        public: whether readers can reach pages of ours.
    """

    def __init__(self, name: str, pieces: Fragments, sharing: Sharing, *, public: bool) -> None:
        self.language = pieces.language
        self._name = name
        self._pieces = pieces
        self._sharing = sharing
        self._public = public

    def shrunk(self, form: Form, selection: Selection, own: Own, room: int) -> Form:
        """The form with entries at the end shortened, and a note that says so.

        Args:
            form: the whole one; it is returned where its decoded HTML is within the room.
            selection: what it is of.
            own: its reader's.
            room: octets of HTML.
        """
        count = len(selection.entries)
        frame = self._make(selection, (), cut_note(count, self.language)).html
        above = headings(selection, self.language)

        def size(place: int, detail: Detail) -> int:
            linked = self._entry(selection, above, place, detail)
            holes = len(linked.html) - 1
            return linked.size + (holes * len(own.html[len(BLANKS) + place]) if holes else 0)

        details = plan(count, size, room - frame.size(frame.filled(own.html)))
        if len(details) == count and all(detail is Detail.FULL for detail in details):
            return form
        return self._make(selection, details, cut_note(count - len(details), self.language))

    def whole(self, selection: Selection) -> Form:
        """The form of all entries in full."""
        return self._make(selection, (Detail.FULL,) * len(selection.entries), "")

    def _make(self, selection: Selection, details: Sequence[Detail], note: str) -> Form:
        shared = self._sharing.of(selection, self.language)
        said = present({**sentences(selection, self.language)._asdict(), "cut_note": note})
        above = headings(selection, self.language)
        linked = [self._entry(selection, above, n, detail) for n, detail in enumerate(details)]
        asks = any(len(one.html) + len(one.text) > 2 for one in linked)
        lists = self._lists(selection, () if asks else linked)
        blanks = self._blanks(selection)
        frame = self._pieces.frame((*said, *lists, *blanks, *((ENTRIES,) if asks else ())), shared)
        asking = linked if asks else ()
        keys = keys_of(selection.entries[: len(asking)])
        return Form(
            self._subject(said, blanks, shared),
            Part(frame.html, {**said, **lists}, [one.html for one in asking], html=True),
            Part(frame.text, {**said, **lists}, [one.text for one in asking], html=False),
            keys,
            f"{selection.date}:{selection.kind}:{self._name}",
        )

    def _entry(
        self, selection: Selection, above: Sequence[str], place: int, detail: Detail
    ) -> Linked:
        entry = selection.entries[place]
        return self._pieces.entry(entry, above[place], detail, linked=self._public)

    def _lists(self, selection: Selection, linked: Sequence[Linked]) -> dict[str, Encoded]:
        """The lists of papers that are the same for all who have the selection."""
        lists = {}
        if linked:
            parts = [(one.html[0], one.text[0]) for one in linked]
            lists[ENTRIES] = Encoded(*map(b"".join, zip(*parts, strict=True)))
        for name, papers in ((MISSED, selection.missed), (ALSO, selection.also)):
            if papers:
                parts = [self._pieces.listed(paper, name) for paper in papers]
                lists[name] = Encoded(*map(b"".join, zip(*parts, strict=True)))
        return lists

    def _blanks(self, selection: Selection) -> list[str]:
        """The blanks that are there for every reader of a selection, the entries left out."""
        pages = ("preferences_url", "web_copy_url") if self._public else ()
        welcome = selection.kind == WELCOME and self.language.says("welcome.text")
        return ["why", "unsubscribe_url", *pages, *(["welcome_text"] if welcome else ())]

    def _subject(
        self, said: Fields, blanks: Sequence[str], shared: Shared
    ) -> tuple[str | int, ...]:
        cut = self._pieces.subject((*said, *blanks), shared)
        parts = [
            one if place % 2 == 0 else str(said[one]) if one in said else BLANKS.index(one)
            for place, one in enumerate(cut)
        ]
        texts = [part for part in parts if isinstance(part, str)]
        return ("".join(texts),) if len(texts) == len(parts) else tuple(parts)


def keys_of(entries: Sequence[Entry]) -> list[bytes]:
    """The keys of their papers, in octets."""
    return [entry.paper.key.encode() for entry in entries]


def notice(pieces: Fragments, fields: Fields, shared: Shared) -> tuple[str, bytes, bytes]:
    """The subject, the HTML and the text of a message without papers, the parts encoded."""
    html, text = encoded_fields(fields)
    frame = pieces.frame(tuple(fields), shared)
    cut = list(pieces.subject(tuple(fields), shared))
    for place in range(1, len(cut), 2):
        cut[place] = str(fields[cut[place]])
    return "".join(cut), frame.html.filled(html), frame.text.filled(text)
