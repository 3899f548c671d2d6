"""Cleaning of the text that sources give: plain Unicode, one space between words."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
# Invisible, and either without meaning in running text or able to turn a line around.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")


def clean(text: str) -> str:
    """One line of plain text: composed Unicode, no control characters, single spaces."""
    composed = unicodedata.normalize("NFC", text)
    spaced = _SPACE.sub(" ", composed.replace("\u2028", " ").replace("\u2029", " "))
    return "".join(map(_printable, _INVISIBLE.sub("", spaced))).strip()


def _printable(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cc":
        return ""
    # Half of a pair, as a broken escape leaves it, cannot be written in any encoding.
    return "\ufffd" if category == "Cs" else letter
