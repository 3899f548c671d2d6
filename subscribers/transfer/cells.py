"""What stands in a cell: text that no spreadsheet runs, instants, yes and no, topics.

A cell that begins like a formula would be run by the program that opens the file (OWASP, "CSV
Injection"), so it is written with an apostrophe before it, which is taken off again on import.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from subscribers.errors import TransferError
from subscribers.model import Topic

_RISKY = frozenset("=+-@\t\r\n＝＋－＠'")  # noqa: RUF001  # full-width forms are run, too
_TRUE = frozenset({"yes", "true", "1", "y"})
_FALSE = frozenset({"no", "false", "0", "n"})
_MARKS = re.compile(r"\[([a-z0-9, -]+)\] ?")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def escaped(text: str) -> str:
    """The text as a cell that is no formula."""
    return f"'{text}" if text[:1] in _RISKY and text else text


def unescaped(cell: str) -> str:
    """The text of such a cell."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _RISKY and cell[1:2] else cell


def instant(cell: str, column: str) -> datetime | None:
    """An instant in ISO 8601; UTC where it names no zone. None for an empty cell."""
    if not cell:
        return None
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        raise wrong(column, cell, "a date and a time, such as 2026-08-20T08:00:00Z") from None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        raise wrong(column, cell, "a date of our age") from None


def yes_or_no(cell: str, column: str) -> bool:
    """`yes` or `no`."""
    word = cell.casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise wrong(column, cell, "yes or no")


def number(cell: str, column: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if cell.isascii() and cell.isdigit() and len(cell) < 9 and least <= int(cell) <= most:
        return int(cell)
    raise wrong(column, cell, f"a number from {least} to {most}")


def wrong(column: str, cell: str, allowed: str) -> TransferError:
    """The error of a cell."""
    return TransferError(place=column, reason=f"{cell[:60]!r} is not {allowed}")


def from_topics(topics: tuple[Topic, ...]) -> str:
    """Topics as lines of a cell; what is special about one stands in brackets before it."""
    return "\n".join(_line(topic) for topic in topics)


def to_topics(cell: str, column: str) -> tuple[Topic, ...]:
    """The topics of such a cell."""
    return tuple(_topic(line, column) for line in cell.split("\n") if line.strip())


def _line(topic: Topic) -> str:
    marks = ["excluded"] * topic.excluded + ["paused"] * topic.paused
    marks += [f"until {topic.muted_until}"] if topic.muted_until else []
    text = "".join(_ESCAPES.get(letter, letter) for letter in topic.text)
    if marks:
        return f"[{', '.join(marks)}] {text}"
    return f"\\{text}" if text.startswith("[") else text


def _topic(line: str, column: str) -> Topic:
    found = _MARKS.match(line)
    marks = found[1].split(", ") if found else []
    until = [mark.removeprefix("until ") for mark in marks if mark.startswith("until ")]
    if set(marks) - {"excluded", "paused", *(f"until {day}" for day in until)}:
        raise wrong(column, line, "a topic; in brackets may stand: excluded, paused, until <day>")
    try:
        muted = date.fromisoformat(until[0]) if until else None
    except ValueError:
        raise wrong(column, line, "a topic: until is followed by a day as 2026-08-20") from None
    text = _ESCAPED.sub(_plain, line[found.end() :] if found else line)
    return Topic(
        text=text, excluded="excluded" in marks, paused="paused" in marks, muted_until=muted
    )


def _plain(match: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r"}.get(match[1], match[1])
