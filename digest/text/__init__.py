"""Cleaning of the text that sources give: plain Unicode, one space between words."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

from digest.text.latex import to_unicode

__all__ = ["clean", "clean_html", "clean_latex"]

_SPACE = re.compile(r"\s+")
# Controls that are no white space; and what is invisible and either without meaning in running
# text or able to turn a line around.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
    "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
# Half of a pair, as a broken escape leaves it, cannot be written in any encoding.
_HALF = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """One line of plain text: composed Unicode, no control characters, single spaces."""
    # What is taken out first cannot leave two spaces or an uncomposed letter behind.
    shown = _HALF.sub("\ufffd", _INVISIBLE.sub("", text))
    return _SPACE.sub(" ", unicodedata.normalize("NFC", shown)).strip()


def clean_latex(text: str) -> str:
    """The same, of a title or an abstract that may hold LaTeX."""
    return clean(to_unicode(text))


def clean_html(text: str) -> str:
    """The same, of HTML: its words without its marks, scripts and styles."""
    reader = _Words()
    reader.feed(text)
    reader.close()
    return clean("".join(reader.words))


class _Words(HTMLParser):
    """Gathers the text of HTML; what ends a line on a page ends a word here."""

    UNSEEN = frozenset({"script", "style", "template", "head"})
    INLINE = frozenset({"a", "abbr", "b", "code", "em", "i", "span", "strong", "sub", "sup", "u"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._unseen += tag in self.UNSEEN
        self._space(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in self.UNSEEN))
        self._space(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)

    def _space(self, tag: str) -> None:
        if tag not in self.INLINE:
            self.words.append(" ")
