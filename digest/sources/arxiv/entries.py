"""Entries of arXiv's announcement feeds and of its API as papers.

Feeds: https://info.arxiv.org/help/atom_specifications.html. API:
https://info.arxiv.org/help/api/user-manual.html. Both are Atom. Links lead to abstract pages,
as arXiv's terms ask.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from digest.identity import arxiv_id
from digest.model import Link, LinkKind, Paper
from digest.sources.protocol import Malformed
from digest.sources.xml import parse_feed
from digest.text import clean, clean_latex

# What the feed writes before the abstract proper.
_LEAD = re.compile(r"^\s*arXiv:\S+\s+Announce Type:\s*\S+\s+Abstract:\s*", re.IGNORECASE)
NEW, CROSS = "new", "cross"


@dataclass(frozen=True, slots=True)
class Announced:
    """One entry of a feed.

    Attributes:
        kind: `new`, `cross`, `replace` or `replace-cross`.
        day: of the announcement, as the feed dates it.
    """

    paper: Paper
    kind: str
    day: date


def read_announcements(body: bytes, url: str, source: str) -> list[Announced]:
    """The entries of an announcement feed; none on a day without announcement.

    Raises:
        Malformed: names the entry.
    """
    entries = parse_feed(body, url).entries
    return [_announced(entry, f"entry {n}", source) for n, entry in enumerate(entries, 1)]


def _announced(entry: Any, place: str, source: str) -> Announced:  # noqa: ANN401  # feedparser has no types
    published = entry.get("published", "")
    try:
        day = datetime.fromisoformat(published).date()  # Eastern midnight, in its own zone
    except ValueError:
        raise Malformed(f"{place}, published", f"{published!r:.60} is no instant") from None
    kind = entry.get("arxiv_announce_type", NEW)
    paper = _paper(entry, place, source, published=day if kind in {NEW, CROSS} else None)
    return Announced(paper, kind, day)


def read_results(body: bytes, url: str, source: str) -> tuple[int, list[Paper]]:
    """How many papers a query of the API has, and those of this answer.

    The API answers what it cannot read with an entry named Error.

    Raises:
        Malformed: names what is wrong.
    """
    feed = parse_feed(body, url)
    if any(entry.get("title") == "Error" for entry in feed.entries):
        raise Malformed("the query", clean(feed.entries[0].get("summary", "is refused")))
    total = feed.feed.get("opensearch_totalresults", "")
    if not total.isdigit():
        raise Malformed("totalResults", f"{total!r:.60} is no number")
    papers = [_result(entry, f"entry {n}", source) for n, entry in enumerate(feed.entries, 1)]
    return int(total), papers


def _result(entry: Any, place: str, source: str) -> Paper:  # noqa: ANN401  # feedparser has no types
    published = entry.get("published", "")
    try:
        day = datetime.fromisoformat(published).date()
    except ValueError:
        raise Malformed(f"{place}, published", f"{published!r:.60} is no instant") from None
    return _paper(entry, place, source, published=day)


def _paper(entry: Any, place: str, source: str, *, published: date | None) -> Paper:  # noqa: ANN401  # feedparser has no types
    known = arxiv_id(entry.get("id", ""))
    if known is None:
        raise Malformed(f"{place}, id", f"{entry.get('id', '')!r:.60} is no arXiv id")
    title = clean_latex(entry.get("title", ""))
    if not title:
        raise Malformed(f"{place}, title", "is empty")
    number, version = known
    authors = _authors(entry)
    return Paper(
        key=f"arxiv:{number}",
        title=title,
        abstract=clean_latex(_LEAD.sub("", entry.get("summary", ""))),
        authors=authors,
        author_count=len(authors),
        published=published,
        categories=_categories(entry),
        links=(
            Link(LinkKind.PAGE, f"https://arxiv.org/abs/{number}"),
            Link(LinkKind.PDF, f"https://arxiv.org/pdf/{number}"),
        ),
        sources=(source,),
        version=version,
    )


def _authors(entry: Any) -> tuple[str, ...]:  # noqa: ANN401  # feedparser has no types
    """The API has an element for each; the feed one for all, with commas between."""
    names = [person.get("name", "") for person in entry.get("authors", [])]
    if len(names) == 1:
        names = names[0].split(", ")
    return tuple(filter(None, map(clean_latex, names)))


def _categories(entry: Any) -> tuple[str, ...]:  # noqa: ANN401  # feedparser has no types
    """The primary one first; the feed lists it first anyway. Others' schemes are left out."""
    primary = entry.get("arxiv_primary_category", {}).get("term", "")
    terms = [tag.get("term", "") for tag in entry.get("tags", [])]
    own = [term for term in (primary, *terms) if term and re.fullmatch(r"[a-z-]+(\.[\w-]+)?", term)]
    return tuple(dict.fromkeys(own))
