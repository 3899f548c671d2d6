"""The archive: editions by day and week, and what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from fastapi import APIRouter, Response

from digest.archive import DateRow
from digest.web.context import Here, Site
from digest.web.errors import NoSuchPage
from digest.web.listing import Row, as_bibtex, row

router = APIRouter()
WEEKS = 12
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@router.api_route("/archive", methods=["GET", "HEAD"])
def weeks(here: Here, before: str = "") -> Response:
    """The editions of some weeks, the latest first."""
    until = _day(before) if before else None
    rows = [found for found in here.app.archive.list(until=until) if found.papers]
    grouped = [(week, list(days)) for week, days in groupby(rows, key=_week_of)]
    shown = grouped[:WEEKS]
    older = shown[-1][1][-1].date - timedelta(days=1) if len(grouped) > WEEKS else None
    return here.page("archive/weeks.html.j2", {"weeks": shown, "older": older, "later": until})


@router.api_route("/archive/{name}.bib", methods=["GET", "HEAD"])
def bibliography(here: Here, name: str) -> Response:
    """A day or a week as BibTeX."""
    return as_bibtex(_rows(here, _days(here, name)), name)


@router.api_route("/archive/{name}", methods=["GET", "HEAD"])
def edition(here: Here, name: str) -> Response:
    """A day (2026-08-20) or a week (2026-W34)."""
    days = _days(here, name)
    rows = list(_rows(here, days))
    if _WEEK.fullmatch(name):
        rows.sort(key=lambda one: -(one.paper.upvotes or 0))
    values = {"name": name, "days": days, "rows": rows, "week": bool(_WEEK.fullmatch(name))}
    return here.page("archive/edition.html.j2", values | _beside(here, days))


def _rows(here: Site, days: Sequence[date]) -> Iterator[Row]:
    for day in days:
        for paper in here.app.archive.edition(day).papers:
            yield row(here.language, paper, day)


def _days(here: Site, name: str) -> list[date]:
    """The archived days of a name, in order.

    Raises:
        NoSuchPage: it names none.
    """
    first, last = _span(name)
    days = [found.date for found in here.app.archive.list(first, last) if found.papers]
    if not days:
        raise NoSuchPage
    return sorted(days)


def _span(name: str) -> tuple[date, date]:
    week = _WEEK.fullmatch(name)
    try:
        if week:
            monday = date.fromisocalendar(int(week[1]), int(week[2]), 1)
            return monday, monday + timedelta(days=6)
    except ValueError:
        raise NoSuchPage from None
    return _day(name), _day(name)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NoSuchPage from None


def _beside(here: Site, days: Sequence[date]) -> dict[str, date | None]:
    """The editions before and after."""
    earlier = here.app.archive.list(until=days[0] - timedelta(days=1))
    later = here.app.archive.list(since=days[-1] + timedelta(days=1))
    return {
        "earlier": next((found.date for found in earlier if found.papers), None),
        "later": next((found.date for found in reversed(later) if found.papers), None),
    }


def _week_of(found: DateRow) -> str:
    year, week, _ = found.date.isocalendar()
    return f"{year}-W{week:02}"


def latest_days(here: Site, count: int) -> list[date]:
    """The last days that have papers, the latest first."""
    return [found.date for found in here.app.archive.list() if found.papers][:count]
