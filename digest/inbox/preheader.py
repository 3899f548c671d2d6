"""The line that mail clients show beside the subject: the first words of the body."""

from __future__ import annotations

from digest.text.html import UNSEEN, pieces

LONGEST = 140
_ENOUGH = 40  # a hidden preheader, not a stray word
_READ = 65_536  # characters of the body that are looked at
_UNSEEN = UNSEEN | {"title"}
_BLOCKS = {"div", "p", "td", "tr", "table", "h1", "h2", "h3", "li", "section", "body"}
_PADDING = dict.fromkeys(map(ord, "\u034f\u00ad\u200b\u200c\u200d\u2007\ufeff"))


def preheader_of(html: str | None, text: str | None) -> str:
    """The first block of text, in one line of at most `LONGEST` characters."""
    words = _first_block(html) if html is not None else (text or "")[: 4 * LONGEST]
    line = " ".join(words.translate(_PADDING).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def _first_block(html: str) -> str:
    """Text until a block ends with enough of it."""
    text = ""
    unseen = 0
    for kind, piece in pieces(html[:_READ]):
        if kind == "text":
            text += piece if not unseen and len(text) < 4 * LONGEST else ""
        elif piece in _UNSEEN:
            unseen = max(0, unseen + (1 if kind == "begin" else -1))
        elif kind == "end" and piece in _BLOCKS:
            text += " "
            if len(text.strip()) >= _ENOUGH:
                break
    return text
