"""The outbox: what waits, where and why; retry, cancel, hold, release, each after a question."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from digest.app import App
from digest.delivery import Heap, Which
from digest.figures import Figures, Tallies
from digest.figures.tallies import FEW
from digest.model import DeliveryState
from digest.web.errors import FormInvalid, NoSuchPage
from digest.web.forms import Fields, Posted
from digest.web.operator.frame import At, Desk
from digest.web.operator.gate import HOME

router = APIRouter()
HEAPS = 50
ROWS = 100
LONGEST_DOMAIN = 253  # RFC 1035 2.3.4
LONGEST_WHY = 300
_EVERYWHERE = "*"
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a button is about: single deliveries, or those of a domain and state.

    Attributes:
        numbers: of single deliveries; empty where it is all of a place.
        domain: of the recipients; `*` is every domain.
        state: "" is every state that waits.
    """

    numbers: tuple[int, ...] = ()
    domain: str = ""
    state: str = ""

    @property
    def which(self) -> Which:
        """The same for the desk."""
        states = (DeliveryState(self.state),) if self.state else ()
        domain = "" if self.domain == _EVERYWHERE else self.domain
        return Which(numbers=self.numbers, domain=domain, states=states)

    @property
    def told(self) -> str:
        """The same in words."""
        if self.numbers:
            listed = ", ".join(str(number) for number in self.numbers)
            return f"{len(self.numbers)} chosen (id {listed})"
        where = "every domain" if self.domain == _EVERYWHERE else self.domain
        return f"all {self.state or 'waiting'} ones to {where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """One action on deliveries.

    Attributes:
        whole: of a domain it is about all, whatever their state: a hold is on a domain.
    """

    button: str
    means: str
    done: str
    do: Callable[[App, Place, str], int]
    danger: bool = False
    reason: bool = False
    whole: bool = False


def _retry(app: App, place: Place, why: str) -> int:
    del why
    worth = timedelta(hours=app.settings.delivery.stale_after_hours)
    return app.desk.retry(place.which, app.now(), worth)


def _cancel(app: App, place: Place, why: str) -> int:
    del why
    return app.desk.cancel(place.which, app.now())


def _hold(app: App, place: Place, why: str) -> int:
    if place.numbers:
        return app.desk.hold(place.which)
    return app.desk.hold_domain(place.domain, why, app.now())


def _release(app: App, place: Place, why: str) -> int:
    del why
    if place.numbers:
        return app.desk.release(place.which, app.now())
    ended = app.desk.release_domain(place.domain, app.now())
    # Without a hold on it, a domain may still have deliveries that were held one by one.
    return app.desk.release(place.which, app.now()) if ended is None else ended


HANDLINGS = {
    "retry": Handling(
        button="Retry now",
        means="They become due now, and a pause of their domain ends; what a server took is never "
        "sent again.",
        done="due now",
        do=_retry,
    ),
    "hold": Handling(
        button="Hold",
        means="They wait until they are released; a domain’s later ones, too.",
        done="held",
        do=_hold,
        reason=True,
        whole=True,
    ),
    "release": Handling(
        button="Release",
        means="They become due.",
        done="released",
        do=_release,
        whole=True,
    ),
    "cancel": Handling(
        button="Cancel",
        means="They end here; their readers do not get them.",
        done="cancelled",
        do=_cancel,
        danger=True,
    ),
}


@router.api_route(f"{HOME}/outbox", methods=["GET", "HEAD"])
def show(at: At) -> Response:
    """What waits, by domain, state and the servers' answers."""
    desk, now = at.here.app.desk, at.here.app.now()
    kept = {"holds": desk.holds(), "pauses": desk.pauses(now)}
    heaps, counted_at = _heaps(at.here.app)
    values = {
        "counted_at": counted_at,
        "heaps": heaps[:HEAPS],
        "more": heaps[HEAPS:],
        **kept,
        "handlings": HANDLINGS,
    }
    return at.page("outbox/heaps.html.j2", values)


def _heaps(app: App) -> tuple[list[Heap], datetime | None]:
    """What waits: each row is read, or where they are too many for a page, the tallies.

    Returns:
        The heaps, and when they were counted; None is now.
    """
    if app.outbox.waiting() < FEW:
        return app.desk.heaps(), None
    now = app.now()
    today, tallies = now.date(), Tallies(app.engine)
    counted = [tallies.of(day, now).at for day in (today - timedelta(days=1), today)]
    return Figures(app.engine).heaps(today), min(counted)


@router.api_route(f"{HOME}/outbox/deliveries", methods=["GET", "HEAD"])
def deliveries(at: At, domain: str = "", state: str = "") -> Response:
    """Single deliveries of a domain and a state, the oldest first."""
    place = Place(domain=_domain(domain), state=_state(state))
    found = at.here.app.desk.rows(place.which, limit=ROWS)
    values = {"place": place, "deliveries": found, "most": ROWS, "handlings": HANDLINGS}
    return at.page("outbox/deliveries.html.j2", values)


@router.post(f"{HOME}/outbox/act")
async def act(at: At, fields: Posted) -> Response:
    """Asks what is to be done to deliveries, or does it."""
    return await asyncio.to_thread(_act, at, fields)


def _act(at: Desk, fields: Fields) -> Response:
    at.check(fields)
    do = fields.text("do", 20)
    handling = HANDLINGS.get(do)
    if handling is None:
        raise FormInvalid(reason="it has no such button")
    place = _place(fields)
    if handling.whole:
        place = replace(place, state="")
    values = {"do": do, "handling": handling, "place": place, "longest": LONGEST_WHY}
    if not fields.has("sure"):
        return at.page("outbox/ask.html.j2", values)
    why = fields.text("why", LONGEST_WHY)
    subject = "" if place.numbers else place.told
    with at.act(f"outbox {do}", subject) as doing:
        count = handling.do(at.here.app, place, why)
        doing.detail = f"{count} {handling.done}: {place.told}{f'; {why}' if why else ''}"
    return at.page("outbox/done.html.j2", {**values, "count": count})


def _place(fields: Fields) -> Place:
    """What the form is about.

    Raises:
        FormInvalid: it names nothing, so that nothing is done to everything by mistake.
    """
    typed = list(dict.fromkeys(value for name, value in fields.items if name == "id"))
    if len(typed) > ROWS or not all(_NUMBER.fullmatch(one) for one in typed):
        raise FormInvalid(reason="it names what is no delivery")
    if typed:
        return Place(numbers=tuple(int(one) for one in typed))
    domain = _domain(fields.text("domain", LONGEST_DOMAIN))
    if not domain:
        raise FormInvalid(reason="nothing is chosen")
    return Place(domain=domain, state=_state(fields.text("state", 20)))


def _domain(text: str) -> str:
    if len(text) > LONGEST_DOMAIN or not text.isprintable():
        raise NoSuchPage
    return text.strip().lower()


def _state(text: str) -> str:
    try:
        return DeliveryState(text).value if text else ""
    except ValueError:
        raise NoSuchPage from None
