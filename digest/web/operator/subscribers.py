"""Subscribers: how many stand where, who came and left, finding one, and their whole history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from fastapi import APIRouter, Response

from digest.delivery import Which
from digest.figures import ConsentDay, ConsentDays
from digest.publish.account import reader_lines
from digest.publish.history import events
from digest.publish.reasons import Explanation, explain
from digest.web.choices import in_words
from digest.web.errors import NoSuchPage
from digest.web.operator.frame import At, Desk
from digest.web.operator.gate import HOME
from digest.web.operator.plots import Bar, bars
from digest.web.operator.steering import STEERS
from subscribers import directory
from subscribers.address import comparable
from subscribers.due import local_day
from subscribers.errors import UnknownSubscriber
from subscribers.model import Subscriber, SubscriptionStatus
from subscribers.rests import rest_of

router = APIRouter()
ROWS = 50
DAYS = 14
#: The parts of a bar from the bottom up, with the class of their colour.
LOOKS = {
    SubscriptionStatus.CONFIRMED: "good",
    SubscriptionStatus.UNCONFIRMED: "wait",
    SubscriptionStatus.PAUSED: "warn",
    SubscriptionStatus.UNSUBSCRIBED: "none",
}
EVENTS = 100
LONGEST_SEARCH = 254  # octets of an address (RFC 5321 4.5.3.1.3)


@router.api_route(f"{HOME}/subscribers", methods=["GET", "HEAD"])
def show(at: At, q: str = "", status: str = "", after: str = "") -> Response:
    """All, or those whose address begins so, a page at a time."""
    app = at.here.app
    if "\0" in q + after or max(len(q), len(after)) > LONGEST_SEARCH:
        raise NoSuchPage
    wanted = _status(status)
    found = directory.find(app.engine, q, status=wanted, after=after, limit=ROWS)
    first = not (q or status or after)
    today = app.now().date()
    days = ConsentDays(app.engine).days(today) if first else []
    values = {
        "counts": app.subscribers.counts(),
        "weeks": directory.weeks(app.engine, today) if first else [],
        "growth": growth(days),
        "days": days[::-1],
        "looks": LOOKS,
        "found": found,
        "asked": comparable(q.strip()),
        "status": wanted,
        "after": after,
        "statuses": list(SubscriptionStatus),
        "steers": STEERS,
    }
    return at.page("subscribers/list.html.j2", values)


def growth(days: Sequence[ConsentDay]) -> str:
    """The days as a plot, "" where fewer than two were counted."""
    if len(days) < 2:
        return ""
    stacks = [
        Bar(day.day, {f"plot-{look}": day.counts[status] for status, look in LOOKS.items()})
        for day in days
    ]
    first, last = (day.counts[SubscriptionStatus.CONFIRMED] for day in (days[0], days[-1]))
    told = f"Confirmed were {first:,} on {days[0].day} and {last:,} on {days[-1].day}."
    return bars("growth", "Subscribers by day", told, stacks)


@router.api_route(f"{HOME}/subscribers/{{number}}", methods=["GET", "HEAD"])
async def one(at: At, number: int, day: str = "") -> Response:
    """One reader: what they chose, what became of their days, and all that happened."""
    return await at.here.cpu.run(_one, at, number, day)


def _one(at: Desk, number: int, day: str) -> Response:
    app = at.here.app
    if not 0 < number < 2**31:
        raise NoSuchPage
    try:
        reader = app.subscribers.by_id(number)
    except UnknownSubscriber:
        raise NoSuchPage from None
    today = local_day(reader.schedule, app.now())
    values = {
        "reader": reader,
        "when": in_words(reader.schedule),
        "suppression": app.subscribers.suppression(reader.email),
        "rest": rest_of(app.engine, reader.id),
        "days": reader_lines(app.engine, reader, today - timedelta(days=DAYS - 1), today),
        "why": _why(at, reader, day, today) if day else None,
        "day": day,
        "events": _events(at, reader),
        "steers": STEERS,
    }
    return at.page("subscribers/one.html.j2", values)


def _events(at: Desk, reader: Subscriber) -> list[object]:
    """The latest of all that happened with a reader, the latest first."""
    app = at.here.app
    which = Which(subscriber_id=reader.id)
    deliveries = app.desk.rows(which, waiting=False, newest=True, limit=EVENTS)
    acts = app.audit.list(limit=EVENTS, subscriber_id=reader.id)
    found = events(app.subscribers.history(reader.id), deliveries, acts)
    return list(reversed(found))


def _why(at: Desk, reader: Subscriber, day: str, today: date) -> Explanation:
    app = at.here.app
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise NoSuchPage from None
    if not date(2000, 1, 1) <= wanted <= today:
        raise NoSuchPage
    return explain(app.engine, app.archive, app.outbox, reader, wanted, app.selector)


def _status(text: str) -> SubscriptionStatus | None:
    try:
        return SubscriptionStatus(text) if text else None
    except ValueError:
        raise NoSuchPage from None
