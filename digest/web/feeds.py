"""Papers as feeds: Atom (RFC 4287) and JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from xml.etree import ElementTree as ET  # written here, never read

from digest.rendering.fields import PaperFields

ATOM = "application/atom+xml"
JSON = "application/feed+json"
_NAMESPACE = "http://www.w3.org/2005/Atom"


class FeedKind(StrEnum):
    """The forms in which a feed is offered, as its address ends."""

    ATOM = "atom"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Item:
    """A paper in a feed.

    Attributes:
        key: the paper's.
        day: of the edition that listed it.
        because: why it is in the feed, "" where there is nothing to say.
    """

    key: str
    day: date
    paper: PaperFields
    because: str = ""

    @property
    def text(self) -> str:
        """What a reader sees below the title."""
        parts = (self.paper.who, self.paper.summary, self.because)
        return "\n\n".join(part for part in parts if part)

    @property
    def identifier(self) -> str:
        """The same for the same paper in every feed."""
        kind, _, name = self.key.partition(":")
        return f"https://arxiv.org/abs/{name}" if kind == "arxiv" else f"urn:paper:{self.key}"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: what it is called, where it is, and what is in it, the latest first."""

    title: str
    home: str
    address: str
    items: Sequence[Item]

    def atom(self) -> bytes:
        """As an Atom document."""
        ET.register_namespace("", _NAMESPACE)
        root = ET.Element(f"{{{_NAMESPACE}}}feed")
        _add(root, "id", self.address)
        _add(root, "title", self.title)
        _add(root, "updated", _instant(self.items[0].day if self.items else date(1970, 1, 1)))
        _add(root, "link", rel="self", href=self.address)
        _add(root, "link", rel="alternate", href=self.home)
        for item in self.items:
            _atom_entry(root, item)
        body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return body

    def json(self) -> bytes:
        """As a JSON Feed document."""
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.title,
            "home_page_url": self.home,
            "feed_url": self.address,
            "items": [_json_item(item) for item in self.items],
        }
        return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _atom_entry(root: ET.Element, item: Item) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", item.identifier)
    _add(entry, "title", item.paper.title)
    _add(entry, "updated", _instant(item.day))
    if item.paper.url:
        _add(entry, "link", rel="alternate", href=item.paper.url)
    _add(_add(entry, "author"), "name", item.paper.who or "unknown")
    _add(entry, "summary", item.text)


def _json_item(item: Item) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": item.identifier,
        "title": item.paper.title,
        "content_text": item.text,
        "date_published": _instant(item.day),
        "tags": list(item.paper.keywords),
    }
    return shown | ({"url": item.paper.url} if item.paper.url else {})


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}", attributes)
    child.text = text or None
    return child


def _instant(day: date) -> str:
    return datetime.combine(day, time(), UTC).isoformat().replace("+00:00", "Z")
