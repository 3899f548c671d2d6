"""Feeds in XML, read by feedparser, without anything that XML can do beyond holding text.

A document type that declares entities is refused. An answer is whole or none: one whose end is
missing is refused too, where feedparser would take the half.
"""

from __future__ import annotations

import io
import re
from typing import Any

import feedparser

from digest.sources.protocol import Malformed
from digest.text.xml import EntitiesRefused, ParseError, parse_xml

_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_END = re.compile(rb"</\s*(?:[\w.-]{1,100}:)?(?:rss|feed|rdf)\s*>$", re.IGNORECASE)
_LONGEST_END = 200  # octets
_DECLARES = re.compile(rb"<!\s*(?:ENTITY|DOCTYPE)", re.IGNORECASE)


def parse_feed(body: bytes, url: str) -> Any:  # noqa: ANN401  # feedparser has no types
    """The feed as feedparser gives it.

    Raises:
        Malformed: it is no whole feed, or declares entities.
    """
    _check(body)
    # From a stream: a text it would take for an address or a file's name and open that.
    # What is HTML is cleaned by us, in time that grows with its length alone.
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-location": url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.version:
        raise Malformed("the whole", "is no RSS or Atom feed")
    return parsed


def _check(body: bytes) -> None:
    try:
        parse_xml(body)
    except EntitiesRefused:
        raise Malformed("the document type", "declares entities, which are refused") from None
    except (ParseError, ValueError, LookupError) as error:
        _check_untidy(body, error)


def _check_untidy(body: bytes, error: Exception) -> None:
    """Feeds with `&nbsp;` in them are no XML, but whole, and there are many."""
    line, column = getattr(error, "position", (1, 0))
    place = f"line {line}, column {column + 1}"
    if body.lstrip()[:9].lower() == b"<!doctype" or b"<html" in body[:1000].lower():
        raise Malformed(place, "HTML where a feed was expected")
    if _DECLARES.search(body) or not _ends(body):
        raise Malformed(place, f"no whole XML: {error}")


def _ends(body: bytes) -> bool:
    """Whether nothing but comments follows the end of the feed."""
    closed = body.rfind(b"-->") + 3  # what begins behind is never closed, and looked for in vain
    bare = _COMMENT.sub(b"", body[:closed]) + body[closed:]
    return _END.search(bare.rstrip()[-_LONGEST_END:]) is not None
