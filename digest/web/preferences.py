"""Preferences, by the link in every mail and without a password.

A mail may be forwarded, so this page shows no address and changes nothing that cannot be
changed back; what would hand over an account needs a fresh link (`digest.web.account`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter, Response

from digest.web import account, learnt, topics
from digest.web.choices import MOST_PAPERS, in_words, read_choices, read_rules
from digest.web.context import Here, Site
from digest.web.errors import FormInvalid
from digest.web.forms import Fields, Posted
from digest.web.topics import Said
from subscribers.errors import InvalidToken, UnknownSubscriber
from subscribers.model import Consent, Subscriber, SubscriptionStatus
from subscribers.signup import RECEIVING
from subscribers.tokens import Purpose, verify

router = APIRouter()
FORM = "preferences"


def find_reader(here: Site, token: str) -> Subscriber:
    """Whose preferences a link opens.

    Raises:
        InvalidToken: it is not ours, or the reader was erased.
    """
    number = verify(here.app.ring, token, Purpose.PREFERENCES).subscriber_id
    try:
        return here.app.subscribers.by_id(number)
    except UnknownSubscriber:
        raise InvalidToken from None


@router.api_route("/p/{token}", methods=["GET", "HEAD"])
def show(here: Here, token: str) -> Response:
    """The page; changes nothing."""
    return _page(here, token, Said())


@router.post("/p/{token}")
async def act(here: Here, token: str, fields: Posted) -> Response:
    """One of the page's buttons."""
    return await asyncio.to_thread(_act, here, token, fields)


def _act(here: Site, token: str, fields: Fields) -> Response:
    reader = find_reader(here, token)
    here.check_form(fields, FORM, token)
    button = "try" if fields.has("mean") else fields.text("do", 20)
    if button not in _BUTTONS:
        raise FormInvalid(reason="it has no such button")
    said = _BUTTONS[button](here, reader, fields)
    return _page(here, token, said, 422 if said.failed else 200)


def _save(here: Site, reader: Subscriber, fields: Fields) -> Said:
    chosen, problems = read_choices(fields, reader, here.digest_templates)
    chosen = read_rules(fields, replace(chosen, topics=reader.topics))
    if problems:
        return Said(problems=problems)
    here.app.subscribers.edit(chosen, here.app.now())
    return Said(f"Saved: your digest comes {in_words(chosen.schedule)}.")


def _move(action: str, done: str) -> topics.Act:
    def act(here: Site, reader: Subscriber, fields: Fields) -> Said:
        del fields
        given = Consent(action=action, at=here.app.now(), source="web")
        here.app.subscribers.change(reader.id, given)
        return Said(done)

    return act


def _send_link(link: account.Fresh) -> topics.Act:
    def act(here: Site, reader: Subscriber, fields: Fields) -> Said:
        del fields
        account.send_link(here, reader, link)
        return Said("A mail with a link is on its way to your address. The link works for an hour.")

    return act


def _taught(change: Callable[[Site, Subscriber, Fields], str]) -> topics.Act:
    return lambda here, reader, fields: Said(change(here, reader, fields))


_BUTTONS: dict[str, topics.Act] = {
    **topics.BUTTONS,
    "save": _save,
    "halt": _move("pause", "All digests are paused until you go on."),
    "go": _move("resume", "Your digests come again."),
    "forget": _taught(learnt.forget),
    "take-out": _taught(learnt.take_out),
    "put-back": _taught(learnt.put_back),
    **{f"link-{link.value}": _send_link(link) for link in account.Fresh},
}


def _page(here: Site, token: str, said: Said, status: int = 200) -> Response:
    reader = find_reader(here, token)
    values = {
        "form": here.form_token(FORM, token),
        "said": said,
        "problems": said.problems,
        "reader": reader,
        "schedule": reader.schedule,
        "timezone": reader.schedule.timezone,
        "topics": topics.shown(reader, said, here.app.now().date()),
        "receives": reader.status in RECEIVING,
        "paused": reader.status is SubscriptionStatus.PAUSED,
        "when": in_words(reader.schedule),
        "most_papers": MOST_PAPERS,
        "unsubscribe": here.path("u", Purpose.UNSUBSCRIBE, reader.id),
        "feed": here.path("feed", Purpose.FEED, reader.id),
        "learnt": learnt.of(here, reader),
        **here.form_choices(),
    }
    return here.page("preferences/page.html.j2", values, status)
