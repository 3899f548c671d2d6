"""Answers of the sources in their formats, written for the tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

ATOM = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
)


def daily_item(number: int = 1, **paper: Any) -> dict[str, Any]:
    """An item of Daily Papers as of 2026-08-20."""
    return {
        "paper": {
            "id": f"2608.{number:05d}",
            "title": f"Paper\n  {number}",
            "summary": "What it found.",
            "publishedAt": "2026-08-17T00:00:00.000Z",
            "submittedOnDailyAt": "2026-08-20T00:00:00.000Z",
            "authors": [{"name": "Ada Author", "hidden": False}],
            "upvotes": number,
            **paper,
        },
        "publishedAt": "2026-08-16T20:00:00.000Z",
        "numComments": 2,
    }


def daily(*numbers: int) -> bytes:
    """A whole answer of Daily Papers."""
    return json.dumps([daily_item(number) for number in numbers]).encode()


def announced(
    number: int, kind: str = "new", day: str = "2026-08-20", *, version: int = 1, **changed: str
) -> str:
    """An entry of arXiv's announcement feed."""
    title = changed.get("title", f"Paper {number}")
    return f"""<entry>
      <id>oai:arXiv.org:2608.{number:05d}v{version}</id><title>{escape(title)}</title>
      <updated>2026-08-20T04:00:00+00:00</updated>
      <link href="https://arxiv.org/abs/2608.{number:05d}" rel="alternate" type="text/html"/>
      <summary>arXiv:2608.{number:05d}v{version} Announce Type: {kind}
Abstract: It costs $5 at $\\alpha=1$.</summary>
      <category term="cs.LG"/><category term="stat.ML"/>
      <published>{changed.get("published", f"{day}T00:00:00-04:00")}</published>
      <arxiv:announce_type>{kind}</arxiv:announce_type>
      <dc:creator>Ada Author, Ben Writer</dc:creator></entry>"""


def result(number: int, primary: str = "cs.LG") -> str:
    """An entry of arXiv's API."""
    return f"""<entry><id>http://arxiv.org/abs/2608.{number:05d}v1</id>
      <title>Paper {number}</title><updated>2026-08-18T15:00:00Z</updated>
      <published>2026-08-18T15:00:00Z</published><summary>What it found.</summary>
      <author><name>Ada Author</name></author><author><name>Ben Writer</name></author>
      <category term="{primary}"/><category term="68T07"/>
      <arxiv:primary_category term="{primary}"/></entry>"""


def arxiv_feed(entries: Sequence[str] = ()) -> bytes:
    """An announcement feed."""
    return f"<feed {ATOM}><title>cs.LG updates</title>{''.join(entries)}</feed>".encode()


def arxiv_results(entries: Sequence[str] = (), total: int | None = None) -> bytes:
    """An answer of arXiv's API."""
    number = len(entries) if total is None else total
    head = f"<title>arXiv Query</title><opensearch:totalResults>{number}</opensearch:totalResults>"
    return f"<feed {ATOM}>{head}{''.join(entries)}</feed>".encode()
