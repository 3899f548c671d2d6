"""The items of Hugging Face's Daily Papers, from its API or from a stored answer.

`GET /api/daily_papers` is described at https://huggingface.co/docs/hub/api. The fields came
over time; every one but id, title and summary is optional, and unknown ones are ignored:

* the listing day is `paper.submittedOnDailyAt` where it is there. It is never the outer
  `publishedAt`: that is when the paper came out, shifted to US Eastern and labelled as UTC;
* `paper.publishedAt` is when it came out; `paper.id` is the arXiv id without version;
* archives made by others hold items as strings with a Python literal inside, or wrap the
  list as `{"status", "date", "count", "data"}`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from digest.identity import arxiv_id
from digest.model import Link, LinkKind, Paper
from digest.sources.fields import Fields, kind_of, phrases
from digest.sources.protocol import Malformed
from digest.text import clean, clean_latex

LARGEST_LITERAL = 1_000_000  # characters of one item that is a Python literal
HUB = "https://huggingface.co"


@dataclass(frozen=True, slots=True)
class Item:
    """One listed paper, and the day it was listed on where the item tells."""

    paper: Paper
    day: date | None


@dataclass(frozen=True, slots=True)
class Listing:
    """One answer: its items, and its date where it is wrapped with one."""

    items: tuple[Item, ...]
    day: date | None = None


def read_listing(value: object, source: str) -> Listing:
    """A whole answer, in any of its shapes.

    Raises:
        Malformed: names the item and the field.
    """
    if isinstance(value, list):
        return Listing(_items(value, source))
    if not isinstance(value, dict) or "data" not in value:
        raise Malformed("the whole", f"{kind_of(value)} where a list of papers was expected")
    wrapper = Fields(value, "")
    status = wrapper.text("status", "success")
    if status != "success":
        raise Malformed("status", f"{status!r:.60} where success was expected")
    data, count = wrapper.items("data"), wrapper.count("count")
    if count is not None and count != len(data):
        raise Malformed("count", f"says {count} papers, data holds {len(data)}")
    return Listing(_items(data, source), wrapper.day("date"))


def _items(values: Sequence[object], source: str) -> tuple[Item, ...]:
    return tuple(
        read_item(value, f"item {number}", source) for number, value in enumerate(values, 1)
    )


def read_item(value: object, place: str, source: str) -> Item:
    """One item, an object or a Python literal of one.

    Raises:
        Malformed: names the place and the field.
    """
    outer = Fields(_unquoted(value, place), place)
    inner = outer.fields("paper")
    known = arxiv_id(inner.text("id"))
    if known is None:
        raise Malformed(inner.at("id"), f"{inner.text('id')!r:.60} is no arXiv id")
    title = clean_latex(inner.text("title"))
    if not title:
        raise Malformed(inner.at("title"), "is empty")
    return Item(_paper(outer, inner, known[0], title, source), inner.day("submittedOnDailyAt"))


def _paper(outer: Fields, inner: Fields, number: str, title: str, source: str) -> Paper:
    authors = _authors(inner)
    return Paper(
        key=f"arxiv:{number}",
        title=title,
        abstract=clean_latex(inner.text("summary")),
        summary=clean(inner.text("ai_summary", "")),
        authors=authors,
        author_count=len(authors),
        organization=_organization(outer) or _organization(inner),
        published=inner.day("publishedAt"),
        upvotes=inner.count("upvotes"),
        comments=outer.count("numComments"),
        keywords=phrases(inner.texts("ai_keywords")),
        links=_links(inner, number),
        stars=inner.count("githubStars"),
        sources=(source,),
    )


def _unquoted(value: object, place: str) -> object:
    """The object of an item that someone stored as `str(item)`."""
    if not isinstance(value, str):
        return value
    if len(value) > LARGEST_LITERAL:
        raise Malformed(place, f"{len(value)} characters of text where an object was expected")
    try:
        literal: Any = ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise Malformed(place, "text that is no Python literal of an object") from None
    return literal


def _authors(inner: Fields) -> tuple[str, ...]:
    """Names in their order; one that its owner hides is not told."""
    people = [
        Fields(value, f"{inner.at('authors')}, item {number}")
        for number, value in enumerate(inner.items("authors"), 1)
    ]
    names = (clean(person.text("name", "")) for person in people if not person.values.get("hidden"))
    return tuple(filter(None, names))


def _organization(item: Fields) -> str:
    if not item.has("organization"):
        return ""
    found = item.fields("organization")
    return clean(found.text("fullname", "") or found.text("name", ""))


def _links(inner: Fields, number: str) -> tuple[Link, ...]:
    found = [
        Link(LinkKind.PAGE, f"https://arxiv.org/abs/{number}"),
        Link(LinkKind.PDF, f"https://arxiv.org/pdf/{number}"),
        Link(LinkKind.CODE, inner.address("githubRepo")),
        Link(LinkKind.PROJECT, inner.address("projectPage")),
        Link(LinkKind.DISCUSSION, f"{HUB}/papers/{number}"),
    ]
    return tuple(link for link in found if link.url)
