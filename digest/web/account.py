"""What a forwarded mail must not hand over: a new address, an export, erasure.

Each is asked for on the preferences page and needs a fresh link sent to the reader's address.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Response

from digest.links import Links
from digest.web import learnt
from digest.web.context import Here, Site
from digest.web.errors import TooMany
from digest.web.forms import Fields, Posted
from digest.web.limits import LINKS, counted
from subscribers.address import comparable, normalise
from subscribers.errors import InvalidAddress
from subscribers.model import Subscriber
from subscribers.requests import Kind, Request
from subscribers.tokens import Purpose, check_expiry, verify

router = APIRouter()


class Fresh(StrEnum):
    """What a fresh link opens."""

    ADDRESS = "address"
    EXPORT = "export"
    ERASE = "erase"


#: By what a link opens: its page, its purpose, the request behind it, the mail's kind.
_LINKS = {
    Fresh.ADDRESS: ("a", Purpose.CHANGE_ADDRESS, Kind.CHANGE_ADDRESS, "change_address"),
    Fresh.EXPORT: ("x", Purpose.EXPORT, Kind.EXPORT, "export"),
    Fresh.ERASE: ("e", Purpose.ERASE, Kind.ERASE, "erase"),
}
_NEW_ADDRESS = ("n", Purpose.CHANGE_ADDRESS, Kind.NEW_ADDRESS, "new_address")


@dataclass(frozen=True, slots=True)
class Opened:
    """A fresh link that was opened in time, and whose it is."""

    token: str
    request: Request
    reader: Subscriber


def send_link(here: Site, reader: Subscriber, link: Fresh) -> None:
    """Plans the mail with a fresh link, to the address that is known; one an hour of a kind.

    Raises:
        TooMany: it was asked for too often today.
    """
    now = here.app.now()
    full = here.limits.exceeded(counted(LINKS, f"{link} {reader.id}"), now)
    if full is not None:
        raise TooMany(when=f"after {full:%H:%M} UTC")
    _, _, kind, _ = _LINKS[link]
    _write(here, reader, here.requests.ask(kind, reader.id, now), _LINKS[link])


def _write(
    here: Site, reader: Subscriber, request: Request, link: tuple[str, Purpose, Kind, str]
) -> None:
    page, purpose, _, mail = link
    links = Links(here.app.settings.sender.public_url, here.app.ring)
    url = links.asked(page, purpose, reader.id, request.expires_at, request.id)
    here.app.publisher.notify(mail, replace(reader, topics=()), request.id, {"action_url": url})


def _opened(here: Site, token: str, link: tuple[str, Purpose, Kind, str]) -> Opened:
    _, purpose, kind, _ = link
    claim = verify(here.app.ring, token, purpose)
    now = here.app.now()
    number = check_expiry(claim, now).decode(errors="replace")
    request = here.requests.waiting(number, kind, now)
    return Opened(token, request, here.reader(claim.subscriber_id))


def _pressed(
    here: Site, token: str, fields: Fields, link: tuple[str, Purpose, Kind, str], form: str
) -> Opened:
    """What a fresh link opened whose page's button was pressed."""
    opened = _opened(here, token, link)
    here.check_form(fields, form, token)
    return opened


def _page(here: Site, opened: Opened, name: str, **values: object) -> Response:
    form = here.form_token(name, opened.token)
    status = 422 if values.get("wrong") else 200
    given = {"form": form, "reader": opened.reader, "wrong": "", **values}
    return here.page(f"account/{name}.html.j2", given, status)


@router.api_route("/a/{token}", methods=["GET", "HEAD"])
def ask_address(here: Here, token: str) -> Response:
    """Asks for the new address."""
    return _page(here, _opened(here, token, _LINKS[Fresh.ADDRESS]), "address", email="")


@router.post("/a/{token}")
def give_address(here: Here, token: str, fields: Posted) -> Response:
    """Takes the new address, which has to confirm itself; the answer tells nothing of it."""
    opened = _pressed(here, token, fields, _LINKS[Fresh.ADDRESS], "address")
    typed = fields.text("email", 400)
    try:
        email = normalise(typed)
    except InvalidAddress as error:
        return _page(here, opened, "address", wrong=str(error), email=typed)
    if comparable(email) == comparable(opened.reader.email):
        return _page(here, opened, "address", wrong="That is your address now.", email=typed)
    now = here.app.now()
    here.requests.use(opened.request.id, Kind.CHANGE_ADDRESS, now)
    request = here.requests.ask(Kind.NEW_ADDRESS, opened.reader.id, now, email)
    if here.app.subscribers.suppression(email) is None:
        _write(here, replace(opened.reader, email=request.choices), request, _NEW_ADDRESS)
    return here.page("account/address-asked.html.j2", {"email": email})


@router.api_route("/n/{token}", methods=["GET", "HEAD"])
def ask_move(here: Here, token: str) -> Response:
    """Shows the button by which the new address confirms itself."""
    opened = _opened(here, token, _NEW_ADDRESS)
    return _page(here, opened, "move", email=opened.request.choices)


@router.post("/n/{token}")
def move(here: Here, token: str, fields: Posted) -> Response:
    """Moves the subscription to the new address."""
    opened = _pressed(here, token, fields, _NEW_ADDRESS, "move")
    _, email = here.sign_ups.move(opened.request.id, here.app.now())
    return here.page("account/moved.html.j2", {"email": email})


@router.api_route("/x/{token}", methods=["GET", "HEAD"])
def ask_export(here: Here, token: str) -> Response:
    """Shows the button that gives the file."""
    return _page(here, _opened(here, token, _LINKS[Fresh.EXPORT]), "export")


@router.post("/x/{token}")
def export(here: Here, token: str, fields: Posted) -> Response:
    """All that is kept of a reader, as JSON."""
    opened = _pressed(here, token, fields, _LINKS[Fresh.EXPORT], "export")
    text = json.dumps(_kept(here, opened.reader), ensure_ascii=False, indent=2, default=str)
    headers = {"Content-Disposition": 'attachment; filename="paper-digest.json"'}
    return Response(text + "\n", media_type="application/json", headers=headers)


def _kept(here: Site, reader: Subscriber) -> dict[str, Any]:
    """Everything that the database holds of a reader."""
    return {
        "subscriber": asdict(reader),
        "consent": [asdict(line) for line in here.app.subscribers.history(reader.id)],
        **learnt.exported(here, reader),
        "deliveries": [
            {"kind": row.kind, "occasion": row.occasion, "state": row.state, "at": row.planned_at}
            for row in here.app.outbox.rows(subscriber_id=reader.id, limit=10_000)
        ],
    }


@router.api_route("/e/{token}", methods=["GET", "HEAD"])
def ask_erase(here: Here, token: str) -> Response:
    """Shows the button that erases."""
    return _page(here, _opened(here, token, _LINKS[Fresh.ERASE]), "erase")


@router.post("/e/{token}")
def erase(here: Here, token: str, fields: Posted) -> Response:
    """Erases all that is kept of a reader but a keyed hash of the address."""
    opened = _pressed(here, token, fields, _LINKS[Fresh.ERASE], "erase")
    here.app.subscribers.remove(opened.reader.id, here.app.now())
    return here.page("account/erased.html.j2")
