"""Cleaning of the text that sources give: plain Unicode, one space between words."""

from __future__ import annotations

import re
import unicodedata

from digest.text.html import UNSEEN, pieces
from digest.text.latex import to_unicode

__all__ = ["clean", "clean_html", "clean_latex"]

#: Characters of HTML that are read; a post with its markup has some ten thousand.
LONGEST_HTML = 200_000
MOST_MARKS = 30

_INLINE = frozenset({"a", "abbr", "b", "code", "em", "i", "span", "strong", "sub", "sup", "u"})
_SPACE = re.compile(r"\s+")
# Controls that are no white space; and what is invisible and either without meaning in running
# text or able to turn a line around.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
    "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
# Half of a pair, as a broken escape leaves it, cannot be written in any encoding.
_HALF = re.compile("[\ud800-\udfff]")


# In a longer run of marks on one letter, bringing them in order takes the square of its length.
# Python's \w leaves marks out, but for these two of Japanese.
_PILED = re.compile(rf"(?:[\uff9e\uff9f]|[^\w\s\x00-\u02ff]){{{MOST_MARKS + 1},}}")


def clean(text: str) -> str:
    """One line of plain text: composed Unicode, no control characters, single spaces.

    Of the marks on one letter the first 30 are kept, as streams do (UAX 15, 13).
    """
    # What is taken out first cannot leave two spaces or an uncomposed letter behind.
    shown = _HALF.sub("\ufffd", _INVISIBLE.sub("", text))
    shown = _PILED.sub(lambda run: _fewer_marks(run[0]), shown)
    return _SPACE.sub(" ", unicodedata.normalize("NFC", shown)).strip()


def clean_latex(text: str) -> str:
    """The same, of a title or an abstract that may hold LaTeX."""
    return clean(to_unicode(text))


def clean_html(text: str) -> str:
    """The same, of the first 200,000 characters of HTML: words without marks, scripts, styles."""
    words: list[str] = []
    unseen = 0
    for kind, piece in pieces(text[:LONGEST_HTML]):
        if kind == "text":
            words.append("" if unseen else piece)
            continue
        if piece in UNSEEN:
            unseen = max(0, unseen + (1 if kind == "begin" else -1))
        if piece not in _INLINE:
            words.append(" ")  # what ends a line on a page ends a word here
    return clean("".join(words))


def _fewer_marks(run: str) -> str:
    kept: list[str] = []
    marks = 0
    for letter in run:
        marks = marks + 1 if unicodedata.combining(_parted(letter)[0]) else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def _parted(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter)
