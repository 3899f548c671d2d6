"""Sources: when each of their days opened, grew and settled."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from fastapi import APIRouter, Response

from digest.figures import source_days
from digest.figures.sources import SourceDay
from digest.web.operator.frame import At
from digest.web.operator.gate import HOME
from digest.web.operator.plots import timeline

router = APIRouter()
#: A day of a source is drawn from its first hour on, over so long.
SPAN = timedelta(hours=48)


@router.api_route(f"{HOME}/sources", methods=["GET", "HEAD"])
def show(at: At) -> Response:
    """The last 14 days."""
    app = at.here.app
    sources = [
        (found.source, [(day, _drawn(f"s{n}-{day.day}", day)) for day in found.days])
        for n, found in enumerate(source_days(app.engine, app.now().date()))
    ]
    return at.page("sources.html.j2", {"sources": sources})


def _drawn(name: str, day: SourceDay) -> str:
    begin = datetime.combine(day.day, time(), UTC)
    marks = {
        "plot-wait": day.opened_at,
        "plot-warn": day.grew_at,
        "plot-good": day.settled_at,
    }
    known = {look: at for look, at in marks.items() if at is not None}
    told = "Opened, last grew and settled, over two days from its first hour."
    return timeline(name, f"Hours of {day.day}", told, (begin, begin + SPAN), known)
