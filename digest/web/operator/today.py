"""Today: the edition and its state, what is due, what became of the day's digests, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Response

from digest.figures import Figures, Tallies, Tally
from digest.model import DeliveryState
from digest.outcomes import DayOutcome
from digest.publish.account import SCHEDULED, edition_lines, in_words, outcome_of
from digest.publish.health import Limits, judge, read_health
from digest.web.context import Site
from digest.web.errors import NoSuchPage
from digest.web.operator.deliveries import PARTS, by_day
from digest.web.operator.frame import At
from digest.web.operator.gate import HOME

router = APIRouter()
RUNS = 3
_DAY = timedelta(days=1)
_GOOD = {outcome_of(DeliveryState.ACCEPTED)}
_BAD = {outcome_of(state) for state in (DeliveryState.BOUNCED, DeliveryState.FAILED)}
_WARN = {outcome_of(state) for state in (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Digests, or readers without one, whose day ended, or stands, alike.

    Attributes:
        count: of digests; of readers where none was planned.
        digest: its kind, "" where none was planned.
        why: in words, "" where there is nothing to say.
        look: `good`, `warn`, `bad` or "".
    """

    count: int
    digest: str
    outcome: str
    why: str
    look: str


@router.api_route(HOME, methods=["GET", "HEAD"])
def show(at: At, day: str = "") -> Response:
    """The day of now, or another."""
    app = at.here.app
    today = app.now().date()
    wanted = _day(day) if day else today
    tally = Tallies(app.engine).of(wanted, app.now())
    shares = list(_shares(tally))
    values = {
        "day": wanted,
        "today": today,
        "before": wanted - _DAY,
        "after": wanted + _DAY if wanted < today else None,
        "editions": edition_lines(app.archive, wanted),
        "shares": shares,
        "totals": _totals(shares),
        "tallied_at": tally.at if tally.at != app.now() else None,
        **_now(at.here),
        **_month(at.here, today),
    }
    return at.page("today.html.j2", values)


def _now(here: Site) -> dict[str, object]:
    """How the installation stands at this moment."""
    app = here.app
    now = app.now()
    health = read_health(app.engine, app.archive, app.outbox, app.calendars, now, counted=False)
    runs = app.outcomes.runs(RUNS)
    # Who sends by cron has no schedule that could be late.
    limits = Limits() if runs and runs[0].kind == "run" else Limits(tick=timedelta.max)
    return {
        "problems": judge(health, now, limits) if runs else [],
        "due": health.due,
        "waiting": app.outbox.waiting(),
        "holds": app.desk.holds(),
        "pauses": app.desk.pauses(now),
        "runs": [(run, run.in_words(now)) for run in runs],
    }


def _month(here: Site, today: date) -> dict[str, object]:
    """The last 30 days, as they were counted last."""
    days = Figures(here.app.engine).days(today)
    counted_at = Tallies(here.app.engine).counted_at()
    return {"month": days[::-1], "plot": by_day(days), "parts": PARTS, "counted_at": counted_at}


def _shares(tally: Tally) -> Iterator[Share]:
    """Digests by kind, the most common outcome first; then days without one."""
    found = sorted(tally.counts.items(), key=lambda one: (not one[0][0], one[0][0], -one[1]))
    for (kind, state, why), count in found:
        if kind in SCHEDULED:
            outcome, reason = in_words(state, why)
            look = _look(outcome)
        elif kind:
            continue  # no digest: a mail that somebody asked for
        else:
            outcome, reason = state, why
            look = "bad" if outcome == DayOutcome.FAILED else ""
        yield Share(count=count, digest=kind, outcome=outcome, why=reason, look=look)


def _totals(shares: Iterable[Share]) -> dict[str, int]:
    """Digests, and readers without one, by outcome, the most first."""
    found: dict[str, int] = {}
    for share in shares:
        found[share.outcome] = found.get(share.outcome, 0) + share.count
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _look(outcome: str) -> str:
    looks = (("good", _GOOD), ("warn", _WARN), ("bad", _BAD))
    return next((look for look, outcomes in looks if outcome in outcomes), "")


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise NoSuchPage from None
    if not date(1970, 1, 2) <= found <= date(9000, 1, 1):  # the day before and after are shown
        raise NoSuchPage
    return found
