"""Confirming: the link in the mail opens a page, and its button begins the subscription."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from fastapi import APIRouter, Response

from digest.web.choices import in_words
from digest.web.context import Here, Site
from digest.web.forms import Fields, Posted
from subscribers import choices
from subscribers.errors import TopicError, UsedToken
from subscribers.model import Subscriber, Topic
from subscribers.requests import Kind, Request
from subscribers.signup import RECEIVING
from subscribers.tokens import Purpose, check_expiry, verify
from subscribers.topics import Question, questions

router = APIRouter()
FORM = "confirm"
_MEANING = "meaning-"  # begins the name of a question's field, before its acronym


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is open, and whose it is."""

    request: Request
    reader: Subscriber

    @property
    def receives(self) -> bool:
        """Whether this person gets digests already."""
        return self.reader.status in RECEIVING


def _asked(here: Site, token: str) -> Asked:
    claim = verify(here.app.ring, token, Purpose.CONFIRM)
    now = here.app.now()
    number = check_expiry(claim, now).decode(errors="replace")
    request = here.requests.waiting(number, Kind.SUBSCRIBE, now)
    return Asked(request, here.app.subscribers.by_id(claim.subscriber_id))


@router.api_route("/c/{token}", methods=["GET", "HEAD"])
def ask(here: Here, token: str) -> Response:
    """What would begin, and the button; changes nothing."""
    try:
        asked = _asked(here, token)
    except UsedToken:
        return here.page("confirm/before.html.j2")
    chosen = choices.applied(asked.request.choices, asked.reader)
    values = {
        "form": here.form_token(FORM, token),
        "chosen": chosen,
        "when": in_words(chosen.schedule),
        "receives": asked.receives,
        "questions": list(_questions(chosen.topics)),
        "meaning": _MEANING,
    }
    return here.page("confirm/ask.html.j2", values)


def _questions(topics: Iterable[Topic]) -> Iterable[Question]:
    """What to ask of the topics, each acronym once: the page works without an answer."""
    found: dict[str, Question] = {}
    for topic in topics:
        with suppress(TopicError):
            found |= {one.acronym: one for one in questions(topic.text) if not topic.excluded}
    return found.values()


def _answers(fields: Fields) -> dict[str, list[str]]:
    """The meanings that were chosen, by acronym."""
    return {
        name.removeprefix(_MEANING): [value]
        for name, value in fields.items
        if name.startswith(_MEANING) and value
    }


@router.post("/c/{token}")
async def act(here: Here, token: str, fields: Posted) -> Response:
    """Begins the subscription, or changes the one there is."""
    return await asyncio.to_thread(_confirm, here, token, fields)


def _confirm(here: Site, token: str, fields: Fields) -> Response:
    here.check_form(fields, FORM, token)
    try:
        asked = _asked(here, token)
        replace = fields.has("replace")
        number = here.sign_ups.confirm(
            asked.request.id, here.app.now(), replace=replace, answers=_answers(fields)
        )
    except UsedToken:
        return here.page("confirm/before.html.j2")
    reader = here.app.subscribers.by_id(number)
    if not asked.receives:
        here.app.publisher.welcome(reader, asked.request.id)
    values = {
        "reader": reader,
        "new": not asked.receives,
        "when": in_words(reader.schedule),
        "preferences": here.path("p", Purpose.PREFERENCES, reader.id),
    }
    return here.page("confirm/done.html.j2", values)
