"""Leaving: by one click from the mail client (RFC 8058), or on a page with one button."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from digest.web.context import Here, Site
from digest.web.errors import FormInvalid
from digest.web.forms import Fields, Posted
from subscribers.errors import UnknownSubscriber
from subscribers.leaving import LONGEST_NOTE, Reason
from subscribers.model import Consent, Subscriber, SubscriptionStatus
from subscribers.tokens import Purpose, verify

router = APIRouter()
FORM = "unsubscribe"
EVERYTHING = "everything"
_ONE_CLICK = ("list-unsubscribe", "one-click")  # RFC 8058 section 3.1
_WORDS = {
    Reason.TOO_MANY: "Too many mails",
    Reason.NOT_MINE: "The papers were not on my topics",
    Reason.NEVER_ASKED: "I never asked for it",
    Reason.ELSEWHERE: "I read them elsewhere",
    Reason.OTHER: "Something else",
}


@dataclass(frozen=True, slots=True)
class Leaver:
    """Whoever opened an unsubscribe link; `reader` is None once they were erased."""

    token: str
    number: int
    reader: Subscriber | None

    @property
    def left(self) -> bool:
        """Whether nothing is sent to them any more."""
        return self.reader is None or self.reader.status is SubscriptionStatus.UNSUBSCRIBED


def _leaver(here: Site, token: str) -> Leaver:
    number = verify(here.app.ring, token, Purpose.UNSUBSCRIBE).subscriber_id
    try:
        return Leaver(token, number, here.app.subscribers.by_id(number))
    except UnknownSubscriber:
        return Leaver(token, number, None)


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
def ask(here: Here, token: str) -> HTMLResponse:
    """The page with the button; changes nothing."""
    leaver = _leaver(here, token)
    return _left(here, leaver) if leaver.left else _page(here, leaver, "ask")


@router.post("/u/{token}")
async def act(here: Here, token: str, fields: Posted) -> Response:
    """The one click, or one of the page's buttons."""
    if any((name.lower(), value.lower()) == _ONE_CLICK for name, value in fields.items):
        return await asyncio.to_thread(_one_click, here, token)
    return await asyncio.to_thread(_from_page, here, token, fields)


def _one_click(here: Site, token: str) -> Response:
    # No goodbye: the person's own mail program asked, and has told them.
    leaver = _leaver(here, token)
    _leave(here, leaver, "one-click")
    return PlainTextResponse("You are unsubscribed.\n")


def _from_page(here: Site, token: str, fields: Fields) -> Response:
    leaver = _leaver(here, token)
    here.check_form(fields, FORM, token)
    scope = fields.text("scope", 12) or EVERYTHING
    if fields.has("undo"):
        return _undo(here, leaver, scope)
    if fields.has("reason"):
        return _keep_reason(here, leaver, fields)
    if scope == EVERYTHING:
        _leave(here, leaver, "web")
        if leaver.reader:
            here.app.publisher.goodbye(leaver.reader)
        return _left(here, _leaver(here, token))
    _rest(here, leaver, scope, paused=True)
    return _page(here, _leaver(here, token), "topic", scope=scope)


def _leave(here: Site, leaver: Leaver, source: str) -> None:
    if not leaver.left:
        given = Consent(action="unsubscribe", at=here.app.now(), source=source)
        here.app.subscribers.change(leaver.number, given)


def _undo(here: Site, leaver: Leaver, scope: str) -> Response:
    if scope != EVERYTHING:
        _rest(here, leaver, scope, paused=False)
    elif leaver.reader and leaver.left:
        given = Consent(action="restore", at=here.app.now(), source="web")
        here.departures.undo(leaver.number, given)
    return _page(here, _leaver(here, leaver.token), "back")


def _keep_reason(here: Site, leaver: Leaver, fields: Fields) -> Response:
    try:
        reason = Reason(fields.text("reason"))
    except ValueError:
        raise FormInvalid(reason="the reason is none of those offered") from None
    here.departures.note(reason, fields.text("note", LONGEST_NOTE), here.app.now())
    return _page(here, leaver, "thanks")


def _rest(here: Site, leaver: Leaver, scope: str, *, paused: bool) -> None:
    """Pauses the topic at this place of the list, or takes that back."""
    reader = leaver.reader
    if reader is None or not scope.isdecimal() or int(scope) >= len(reader.topics):
        raise FormInvalid(reason="there is no such topic any more")
    topics = list(reader.topics)
    topics[int(scope)] = replace(topics[int(scope)], paused=paused)
    here.app.subscribers.edit(replace(reader, topics=tuple(topics)), here.app.now())


def _left(here: Site, leaver: Leaver) -> HTMLResponse:
    reader = leaver.reader
    history = here.app.subscribers.history(leaver.number) if reader else []
    undo = reader is not None and here.departures.can_undo(reader, history, here.app.now())
    return _page(here, leaver, "left", undo=undo, reasons=_WORDS, longest_note=LONGEST_NOTE)


def _page(here: Site, leaver: Leaver, name: str, **values: object) -> HTMLResponse:
    reader = leaver.reader
    topics = reader.topics if reader else ()
    active = [
        (place, topic)
        for place, topic in enumerate(topics)
        if topic.is_active(here.app.now().date()) and not topic.excluded
    ]
    values |= {"topics": topics, "active": active if len(active) > 1 else []}
    form = here.form_token(FORM, leaver.token)
    return here.page(f"unsubscribe/{name}.html.j2", {"form": form, **values})
