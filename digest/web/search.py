"""Search over all papers, in the topic language; any query is also a feed and a bibliography."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from digest.web.context import Here, Site
from digest.web.feeds import FeedKind
from digest.web.forms import clean
from digest.web.listing import Row, as_bibtex, as_feed, row
from subscribers.errors import TopicError
from subscribers.topics import parse

router = APIRouter()
PAGE = 25
FEED = 50
MOST = 1000
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Result:
    """What a query found.

    Attributes:
        count: how many papers in all.
        rows: some of them, the latest first, of a day the most voted.
        error: what is wrong with the query, and where.
    """

    count: int = 0
    rows: Sequence[Row] = ()
    error: TopicError | None = None


@router.api_route("/search", methods=["GET", "HEAD"])
async def search(here: Here, q: str = "", page: int = 1) -> Response:
    """The form, and what a query finds."""
    query = clean(q).strip()[:LONGEST]
    number = min(max(page, 1), 10_000)
    result = await here.cpu.run(find, here, query, PAGE, (number - 1) * PAGE)
    values = {
        "query": query,
        "result": result,
        "page": number,
        "pages": -(-result.count // PAGE),
        "here_url": f"/search?{urlencode({'q': query})}",
        "asked": urlencode({"q": query}),
    }
    return here.page("archive/search.html.j2", values, 422 if result.error else 200)


@router.api_route("/search.bib", methods=["GET", "HEAD"])
async def bibliography(here: Here, q: str = "") -> Response:
    """What a query finds, as BibTeX."""
    result = await here.cpu.run(_sound, here, q, MOST)
    return as_bibtex(result.rows, "search")


@router.api_route("/search.{kind}", methods=["GET", "HEAD"])
async def feed(here: Here, kind: FeedKind, q: str = "") -> Response:
    """What a query finds, as a feed: `atom` or `json`."""
    result = await here.cpu.run(_sound, here, q, FEED)
    title = clean(q).strip()[:200] or "All papers"
    path = f"/search.{kind}?{urlencode({'q': q})}"
    return as_feed(here, result.rows, title, path, kind)


def find(here: Site, query: str, limit: int, offset: int = 0) -> Result:
    """Papers that a query selects, the latest first; all of them for an empty one."""
    shelf = here.shelves.all()
    if not query:
        return Result()
    try:
        trees = {line: parse(line) for line in query.splitlines() if line.strip()}
    except TopicError as error:
        return Result(error=error)
    picked = shelf.pick(trees)
    because = here.language.reason
    rows = [
        row(here.language, found.paper, found.day, because(found.reason))
        for found in picked.found(limit, offset)
    ]
    return Result(picked.count, rows)


def _sound(here: Site, query: str, limit: int) -> Result:
    result = find(here, clean(query).strip()[:LONGEST], limit)
    if result.error:
        raise result.error
    return result
