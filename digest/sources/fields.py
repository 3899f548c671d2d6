"""Typed reading of untrusted JSON: every fault names its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from digest.sources.protocol import Malformed
from digest.text import clean

LARGEST_COUNT = 2**31 - 1
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}


class Fields:
    """An object of JSON, at a place; a field that is null counts as absent."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, Mapping):
            raise Malformed(place, f"{kind_of(value)} where an object was expected")
        self.values: Mapping[str, Any] = value
        self.place = place

    def at(self, name: str) -> str:
        """The place of a field."""
        return f"{self.place}, {name}" if self.place else name

    def has(self, name: str) -> bool:
        """Whether the field says something."""
        return self.values.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise Malformed(self.at(name), "is missing")
        if not isinstance(value, str):
            raise Malformed(self.at(name), f"{kind_of(value)} where text was expected")
        return value

    def count(self, name: str) -> int | None:
        """A number of things, None where it is absent."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise Malformed(self.at(name), f"{kind_of(value)} where a whole number was expected")
        if not 0 <= value <= LARGEST_COUNT:
            raise Malformed(self.at(name), f"{value} is no possible number")
        return value

    def items(self, name: str) -> list[Any]:
        """A list, empty where it is absent."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Malformed(self.at(name), f"{kind_of(value)} where a list was expected")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts, empty where it is absent."""
        found = self.items(name)
        for number, value in enumerate(found, 1):
            if not isinstance(value, str):
                raise Malformed(
                    f"{self.at(name)}, item {number}", f"{kind_of(value)} where text was expected"
                )
        return found

    def fields(self, name: str) -> Fields:
        """An object; it must be there."""
        if not self.has(name):
            raise Malformed(self.at(name), "is missing")
        return Fields(self.values[name], self.at(name))

    def day(self, name: str) -> date | None:
        """The day of a date or an instant, as written; None where it is absent."""
        written = self.text(name, "")
        if not written:
            return None
        try:
            if len(written) == len("2026-08-20"):
                return date.fromisoformat(written)
            return datetime.fromisoformat(written).astimezone(UTC).date()
        except ValueError:
            raise Malformed(self.at(name), f"{written!r:.60} is no date") from None

    def address(self, name: str) -> str:
        """An address of the web; "" for what is none, which is no fault worth a day."""
        return web_address(self.text(name, ""))


def phrases(values: Iterable[str]) -> tuple[str, ...]:
    """Cleaned texts in their order, each once; empty ones are left out."""
    return tuple(dict.fromkeys(filter(None, map(clean, values))))


def web_address(text: str) -> str:
    """The text, where it is an address of the web that can stand in a page; else ""."""
    text = text.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    plain = text.isprintable() and not set(text) & set("\"'<>\\ `")
    return text if parts.scheme in {"http", "https"} and parts.hostname and plain else ""


def kind_of(value: object) -> str:
    """What a value of JSON is, in words."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"the number {value}"
    return _KINDS.get(type(value), type(value).__name__)
