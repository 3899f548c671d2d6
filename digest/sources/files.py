"""Stored days: answers of the Daily Papers API, JSON Lines, the saved text of the page.

A file is told by what it holds, not by its name; `.gz` is unpacked. Its papers' dates are
those that it tells; where it tells none, the date in its name (`2024-05-27.json`).
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from digest.errors import EditionFileInvalid
from digest.model import DayState, Paper, SourceDay
from digest.sources.daily import Item, read_listing
from digest.sources.lines import read_lines
from digest.sources.page import is_page, read_page
from digest.sources.protocol import Malformed

DEFAULT_SOURCE = "huggingface"
#: How a folder's files end that may hold papers; what else lies there is left alone.
SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".txt", ".gz"})
LARGEST_FILE = 200_000_000  # bytes, unpacked
_DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")


def read(
    path: Path, source: str = DEFAULT_SOURCE, *, now: datetime | None = None
) -> list[SourceDay]:
    """The days of a file, the earliest first; each is closed, because a file is finished.

    Args:
        path: of a file.
        source: the name under which its papers are archived.
        now: when it is read, the clock's time by default.

    Raises:
        EditionFileInvalid: names the file and the place; nothing of it is used then.
    """
    fetched_at = now or datetime.now(UTC)
    try:
        days = _days(path, _text(path), source)
    except Malformed as fault:
        raise EditionFileInvalid(file=path, place=fault.place, reason=fault.reason) from None
    return [_source_day(source, day, days[day], fetched_at) for day in sorted(days)]


def listed(paths: Iterable[Path]) -> list[Path]:
    """Files as they are named, and for each folder the files that it holds.

    Raises:
        EditionFileInvalid: a folder holds none that ends as stored days do.
    """
    return [file for path in paths for file in (_in_folder(path) if path.is_dir() else [path])]


def held_by(folder: Path) -> list[Path]:
    """A folder's own files of stored days, in order; what lies deeper is left alone."""
    return sorted(file for file in folder.iterdir() if file.is_file() and file.suffix in SUFFIXES)


def _in_folder(folder: Path) -> list[Path]:
    try:
        found = held_by(folder)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise EditionFileInvalid(file=folder, place="the folder", reason=reason) from None
    if found:
        return found
    reason = "holds no file that ends in " + ", ".join(sorted(SUFFIXES))
    raise EditionFileInvalid(file=folder, place="the folder", reason=reason)


def _source_day(source: str, day: date, papers: list[Paper], fetched_at: datetime) -> SourceDay:
    return SourceDay(
        source=source,
        date=day,
        papers=tuple(papers),
        state=DayState.CLOSED if papers else DayState.EMPTY,
        reason="" if papers else "the stored day lists no papers",
        fetched_at=fetched_at,
    )


def _text(path: Path) -> str:
    try:
        data = path.read_bytes() if path.suffix != ".gz" else _unpacked(path)
    except OSError as error:
        raise Malformed("the file", f"cannot be read: {error.strerror or error}") from None
    except (EOFError, zlib.error):
        raise Malformed("the file", "is cut off or damaged (gzip)") from None
    if len(data) > LARGEST_FILE:
        raise Malformed("the file", f"holds more than {LARGEST_FILE // 1_000_000} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start + 1}", "is not UTF-8") from None


def _unpacked(path: Path) -> bytes:
    with gzip.open(path) as packed:
        return packed.read(LARGEST_FILE + 1)


def _days(path: Path, text: str, source: str) -> dict[date, list[Paper]]:
    if not text.strip():
        raise Malformed("the file", "is empty")
    if is_page(text):
        day, papers = read_page(text, source)
        return {day: list(papers)}
    value = _whole_json(text)
    if value is None:
        return _by_day(read_lines(text, source), None, path)
    listing = read_listing(value, source)
    if listing.items:
        return _by_day(listing.items, listing.day, path)
    return {listing.day or _named_day(path, "the file"): []}


def _whole_json(text: str) -> object:
    """The value of a file that is one JSON text; None where it is one a line."""
    try:
        value: object = json.loads(text)
    except RecursionError:
        raise Malformed("the file", "is nested too deeply") from None
    except json.JSONDecodeError as error:
        if _has_json_lines(text):
            return None
        raise Malformed(f"line {error.lineno}, column {error.colno}", _told(error, text)) from None
    except ValueError as error:  # a number of thousands of digits, which Python refuses
        raise Malformed("the file", f"no JSON: {error}") from None
    if isinstance(value, dict) and ("paper" in value or "title" in value):
        return None  # a file of one line
    return value


def _told(error: json.JSONDecodeError, text: str) -> str:
    if text.lstrip()[:1] == "<":
        return "HTML or XML where JSON was expected"
    return f"no JSON: {error.msg}"


def _has_json_lines(text: str) -> bool:
    first = text.lstrip().partition("\n")[0]
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _by_day(items: Iterable[Item], day: date | None, path: Path) -> dict[date, list[Paper]]:
    days: dict[date, list[Paper]] = defaultdict(list)
    for number, item in enumerate(items, 1):
        days[item.day or day or _named_day(path, f"item {number}")].append(item.paper)
    return days


def _named_day(path: Path, place: str) -> date:
    if day := day_in_name(path):
        return day
    raise Malformed(place, "its day is told neither here nor by the file's name (YYYY-MM-DD.json)")


def day_in_name(path: Path) -> date | None:
    """The day in a file's name, where there is one."""
    found = _DATE_IN_NAME.search(path.name)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
