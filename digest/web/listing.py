"""Lists of papers as pages, BibTeX and feeds: one shape for editions, searches and digests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fastapi import Response

from digest.model import Paper
from digest.rendering.fields import PaperFields
from digest.rendering.papers import Detail, paper_fields
from digest.web.bibtex import MEDIA_TYPE, bibtex
from digest.web.context import Site
from digest.web.feeds import ATOM, JSON, Feed, FeedKind, Item
from digest.words import Words


@dataclass(frozen=True, slots=True)
class Row:
    """A paper in a list.

    Attributes:
        because: why it is there, as a sentence; "" where there is no reason but the day.
        heading: the topic it stands under, "" for none.
    """

    paper: Paper
    shown: PaperFields
    day: date
    because: str = ""
    heading: str = ""


def row(language: Words, paper: Paper, day: date, because: str = "", heading: str = "") -> Row:
    """A paper as lists show it: harmless text."""
    told = language("entry.because", reason=because) if because else ""
    return Row(paper, paper_fields(paper, language, Detail.FULL), day, told, heading)


def as_bibtex(rows: Iterable[Row], name: str) -> Response:
    """The list as a BibTeX file."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.bib"'}
    text = bibtex(row.paper for row in rows)
    return Response(text, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


def as_feed(here: Site, rows: Iterable[Row], title: str, path: str, kind: FeedKind) -> Response:
    """The list as a feed."""
    base = here.app.settings.sender.public_url
    items = [Item(row.paper.key, row.day, row.shown, row.because) for row in rows]
    feed = Feed(f"{title} · {here.app.settings.sender.name}", f"{base}/", base + path, items)
    if kind is FeedKind.JSON:
        return Response(feed.json(), media_type=JSON)
    return Response(feed.atom(), media_type=ATOM)
