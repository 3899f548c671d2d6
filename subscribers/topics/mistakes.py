"""Errors with a place: the text, a caret under it, and what was expected."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from subscribers.errors import TopicError

_BEFORE, _AFTER = 50, 25  # characters of the line shown around the place


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a topic's text: the line, its number from 1 and the column from 0."""

    line: str
    number: int
    column: int

    def moved(self, by: int) -> Place:
        """The place some characters further."""
        return replace(self, column=self.column + by)


def mistake(place: Place, reason: str, expected: str) -> TopicError:
    """The error at this place. A long line is shown in part."""
    start = max(0, place.column - _BEFORE)
    stop = place.column + _AFTER
    before = ("\u2026" if start else "") + _one_width(place.line[start : place.column])
    after = _one_width(place.line[place.column : stop])
    rest = "\u2026" if stop < len(place.line) else ""
    return TopicError(
        reason=_clipped(reason),
        expected=expected,
        text=before + after + rest,
        caret=" " * sum(map(_columns, before)) + "^",
        line=place.number,
        column=place.column,
    )


def _clipped(text: str, limit: int = 200) -> str:
    shown = _one_width(text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "\u2026"


def _one_width(text: str) -> str:
    """Without what would move the caret or break the line."""
    return "".join(
        " " if sign.isspace() else sign if sign.isprintable() else "\ufffd" for sign in text
    )


def _columns(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
