"""The saved text of the Daily Papers page (or of a search on it): titles without ids or links.

The text begins with the page's own words, down to the day it shows ("Jan 5", without a
year). Then each paper is

    title / abstract / "• N authors" or "slug Name of the organisation" / "·" / "Aug 8, 2024 3"

The date is when the paper came out, the number after it how many comments there are. (Of 15
papers of one saved page that are also in stored answers of the API, each bears the
day of `paper.publishedAt`; they were listed up to a week later.) The page's own day, in the
first year in which it does not lie before a paper on it, is the date of the edition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import takewhile

from digest.identity import paper_key
from digest.model import Paper
from digest.sources.protocol import Malformed
from digest.text import clean, clean_latex

_MONTH_DAY = re.compile(r"[A-Z][a-z]{2} \d{1,2}")
_DATED = re.compile(r"(?P<day>[A-Z][a-z]{2} \d{1,2}, \d{4})(?: (?P<comments>\d{1,6}))?")
_AUTHORS = re.compile(r"[•·]\s*(?P<count>\d{1,5}) authors?")
_SEPARATOR = "·"
_HEADING = "Daily Papers"


def is_page(text: str) -> bool:
    """Whether a text is one of the page: its heading is among the first lines."""
    return any(line == _HEADING for _, line in _lines(text[:2000]))


def read_page(text: str, source: str) -> tuple[date, tuple[Paper, ...]]:
    """The page's day and its papers.

    Raises:
        Malformed: names the line.
    """
    lines = iter(list(_lines(text)))
    shown, number = _heading(lines)
    papers = []
    while block := list(takewhile(lambda line: line[1] != _SEPARATOR, lines)):
        papers.append(_paper(block, next(lines, None), source))
    if not papers:
        raise Malformed(f"line {number}", "no paper follows")
    newest = max(paper.published for paper in papers if paper.published)
    return _dated(shown, newest, number), tuple(papers)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers from 1."""
    for number, line in enumerate(text.splitlines(), 1):
        if stripped := line.strip():
            yield number, stripped


def _heading(lines: Iterator[tuple[int, str]]) -> tuple[str, int]:
    """The day that the page shows, and its line; the papers follow."""
    number = 0
    for number, line in lines:
        if _MONTH_DAY.fullmatch(line):
            return line, number
        if line == _SEPARATOR:
            break
    raise Malformed(f"line {number}", "the day of the page is missing before the first paper")


def _paper(block: list[tuple[int, str]], dated: tuple[int, str] | None, source: str) -> Paper:
    first, last = block[0][0], block[-1][0]
    if len(block) < 3:
        raise Malformed(f"line {first}", "a paper without title, abstract and authors")
    if dated is None:
        raise Malformed(f"line {last}", "the paper that begins here is cut off before its date")
    title, who = clean_latex(block[0][1]), block[-1][1]
    abstract = clean_latex(" ".join(line for _, line in block[1:-1]))
    published, comments = _date_and_comments(*dated)
    authors = _AUTHORS.fullmatch(who)
    return Paper(
        key=paper_key(title, published),
        title=title,
        abstract=abstract,
        author_count=int(authors["count"]) if authors else 0,
        organization="" if authors else clean(who.partition(" ")[2] or who),
        published=published,
        comments=comments,
        sources=(source,),
    )


def _date_and_comments(number: int, line: str) -> tuple[date, int]:
    """A paper nobody commented on shows no number."""
    match = _DATED.fullmatch(line)
    try:
        day = datetime.strptime(match["day"] if match else line, "%b %d, %Y").date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        raise Malformed(f"line {number}", f"{line!r:.60} is no date") from None
    return day, int((match and match["comments"]) or 0)


def _dated(shown: str, newest: date, number: int) -> date:
    """The page's day in the first year in which it is not before its newest paper."""
    for year in range(newest.year, newest.year + 9):  # a 29 February comes within eight years
        try:
            day = datetime.strptime(f"{shown}, {year}", "%b %d, %Y").date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
        if day >= newest:
            return day
    raise Malformed(f"line {number}", f"{shown!r} is no day")
