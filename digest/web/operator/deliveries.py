"""Deliveries: what became of 30 days of them, by domain and code, with the rates that count."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from digest.figures import Day, Figures, Rate, Tallies
from digest.figures.deliveries import KEEP_BELOW, NEVER_REACH
from digest.web.operator.frame import At
from digest.web.operator.gate import HOME
from digest.web.operator.plots import Bar, Curve, bars, curves

router = APIRouter()
#: The parts of a bar from the bottom up, with the class of their colour.
PARTS = {"sent": "good", "waiting": "wait", "deferred": "warn", "failed": "bad", "skipped": "none"}


@router.api_route(f"{HOME}/deliveries", methods=["GET", "HEAD"])
def show(at: At) -> Response:
    """The last 30 days."""
    app = at.here.app
    today = app.now().date()
    figures = Figures(app.engine)
    days, rates = figures.days(today), figures.rates(today)
    values = {
        "counted_at": Tallies(app.engine).counted_at(),
        "days": days[::-1],
        "parts": PARTS,
        "rates": rates[::-1],
        "hosts": figures.hosts(today),
        "holds": app.desk.holds(),
        "pauses": app.desk.pauses(app.now()),
        "by_day": by_day(days),
        "by_rate": _by_rate(rates),
        "keep_below": KEEP_BELOW,
        "never_reach": NEVER_REACH,
    }
    return at.page("deliveries.html.j2", values)


def by_day(days: Sequence[Day]) -> str:
    """The days as a plot."""
    stacks = [
        Bar(day.day, {f"plot-{look}": day.counts[part] for part, look in PARTS.items()})
        for day in days
    ]
    due = sum(day.due for day in days)
    sent = sum(day.counts["sent"] for day in days)
    told = f"Of {due:,} digests due in {len(days)} days, {sent:,} were sent."
    return bars("by-day", "Digests by day", told, stacks)


def _by_rate(rates: Sequence[Rate]) -> str:
    worst = max((rate.complaint_rate for rate in rates), default=0.0)
    told = f"Complaints reached at most {worst:.2%} on a day; the lines are at 0.1 % and 0.3 %."
    drawn = [
        Curve("plot-warn", [r.bounce_rate if r.sent else None for r in rates]),
        Curve("plot-bad", [r.complaint_rate if r.sent else None for r in rates]),
    ]
    lines = {"0.1 %": KEEP_BELOW, "0.3 %": NEVER_REACH}
    return curves("rates", "Bounces and complaints", told, [r.day for r in rates], drawn, lines)
