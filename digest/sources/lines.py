"""JSON Lines: one paper a line, in the shape of our own records or of a stored API item.

A record has `title` and may have every field of a paper; `date` or `edition` is the day it
was listed on, `id` its arXiv id, `url` where it is read about.
"""

from __future__ import annotations

import json
from datetime import date

from digest.identity import arxiv_id, paper_key
from digest.model import Link, LinkKind, Paper
from digest.sources.daily import Item, read_item
from digest.sources.fields import Fields, phrases, web_address
from digest.sources.protocol import Malformed
from digest.text import clean, clean_latex


def read_lines(text: str, source: str) -> tuple[Item, ...]:
    """The papers of a file of JSON Lines, each with its day where the line tells.

    Raises:
        Malformed: names the line and the field.
    """
    numbered = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    return tuple(_item(line, f"line {number}", source) for number, line in numbered)


def _item(line: str, place: str, source: str) -> Item:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Malformed(place, f"no JSON: {error}") from None
    if isinstance(value, dict) and "paper" in value:
        return read_item(value, place, source)
    record = Fields(value, place)
    return Item(_paper(record, source), record.day("date") or record.day("edition"))


def _paper(record: Fields, source: str) -> Paper:
    title = clean_latex(record.text("title"))
    if not title:
        raise Malformed(record.at("title"), "is empty")
    published = record.day("published")
    authors = tuple(filter(None, map(clean, record.texts("authors"))))
    return Paper(
        key=_key(record, title, published),
        title=title,
        abstract=clean_latex(record.text("abstract", "")),
        summary=clean(record.text("summary", "")),
        authors=authors,
        author_count=max(record.count("author_count") or 0, len(authors)),
        organization=clean(record.text("organization", "")),
        published=published,
        upvotes=record.count("upvotes"),
        comments=record.count("comments"),
        keywords=phrases(record.texts("keywords")),
        categories=phrases(record.texts("categories")),
        links=_links(record),
        stars=record.count("stars"),
        sources=(source,),
        version=record.count("version"),
    )


def _key(record: Fields, title: str, published: date | None) -> str:
    for name in ("id", "key"):
        written = record.text(name, "")
        if known := arxiv_id(written):
            return f"arxiv:{known[0]}"
        if name == "id" and written:
            raise Malformed(record.at("id"), f"{written!r:.60} is no arXiv id")
    day = published or record.day("date") or record.day("edition")
    own = record.text("key", "").removeprefix("url:")
    return paper_key(title, day, url=record.text("url", "") or own)


def _links(record: Fields) -> tuple[Link, ...]:
    found = [
        _link(Fields(value, f"{record.at('links')}, item {number}"))
        for number, value in enumerate(record.items("links"), 1)
    ]
    known = arxiv_id(record.text("id", "")) or arxiv_id(record.text("key", ""))
    if known and not any(link.kind is LinkKind.PAGE for link in found):
        found.insert(0, Link(LinkKind.PAGE, f"https://arxiv.org/abs/{known[0]}"))
        found.insert(1, Link(LinkKind.PDF, f"https://arxiv.org/pdf/{known[0]}"))
    elif url := record.address("url"):
        found.insert(0, Link(LinkKind.PAGE, url))
    return tuple(dict.fromkeys(found))


def _link(value: Fields) -> Link:
    kind, url = value.text("kind"), web_address(value.text("url"))
    if kind not in {known.value for known in LinkKind}:
        allowed = ", ".join(known.value for known in LinkKind)
        raise Malformed(value.at("kind"), f"{kind!r:.60} is none of {allowed}")
    if not url:
        raise Malformed(value.at("url"), f"{value.text('url')!r:.60} is no address of the web")
    return Link(LinkKind(kind), url)
