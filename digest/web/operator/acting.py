"""Acting on subscribers, one or many: a question first, then the act, then what became of each."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from fastapi import APIRouter, Response

from digest.web import choices
from digest.web.errors import FormInvalid
from digest.web.forms import Fields, Posted
from digest.web.operator.frame import At, Desk
from digest.web.operator.gate import HOME
from digest.web.operator.steering import STEERS, Steer, Wish, given
from subscribers.consent import Action
from subscribers.errors import PaperDigestError, UnknownSubscriber
from subscribers.model import Subscriber, Topic
from subscribers.topics import parse

router = APIRouter()
MOST = 200
LONGEST_WHY = 300
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one subscriber."""

    email: str
    told: str
    failed: bool = False
    id: int = 0


@router.post(f"{HOME}/subscribers/act")
async def act(at: At, fields: Posted) -> Response:
    """Asks what is to be done to the chosen subscribers, or does it."""
    return await asyncio.to_thread(_act, at, fields)


def _act(at: Desk, fields: Fields) -> Response:
    at.check(fields)
    wanted = fields.text("do", 20)
    steer = STEERS.get(wanted)
    if steer is None:
        raise FormInvalid(reason="it has no such button")
    readers = _chosen(at, fields)
    if not readers:
        nobody: dict[str, object] = {"title": "Nobody is chosen", "became": []}
        return at.page("subscribers/became.html.j2", nobody, 422)
    if not fields.has("sure"):
        return _asked(at, wanted, steer, readers)
    wish = Wish(why=fields.text("why", LONGEST_WHY), force=fields.has("force"))
    became = [_do(at, steer, reader, wish) for reader in readers]
    values = {"title": f"{steer.button}: done", "became": became}
    return at.page("subscribers/became.html.j2", values)


def _asked(at: Desk, do: str, steer: Steer, readers: list[Subscriber]) -> Response:
    values = {"do": do, "steer": steer, "readers": readers, "longest": LONGEST_WHY}
    return at.page("subscribers/ask.html.j2", values)


def _chosen(at: Desk, fields: Fields) -> list[Subscriber]:
    """Those whose boxes were ticked and who are still there."""
    typed = [value for name, value in fields.items if name == "id"]
    if len(typed) > MOST:
        raise FormInvalid(reason=f"it names more than {MOST} subscribers")
    found = []
    for number in dict.fromkeys(typed):
        if not _NUMBER.fullmatch(number):
            raise FormInvalid(reason="it names what is no subscriber")
        try:
            found.append(at.here.app.subscribers.by_id(int(number)))
        except UnknownSubscriber:
            continue
    return found


def _do(at: Desk, steer: Steer, reader: Subscriber, wish: Wish) -> Became:
    """One act, noted in the audit log, also where it fails."""
    try:
        with at.act(steer.name, reader.email, wish.why) as doing:
            told = steer.do(at.here.app, reader, wish)
            doing.detail = wish.why or told
    except PaperDigestError as error:
        return Became(reader.email, str(error), failed=True, id=reader.id)
    gone = steer.name == "subscriber erase"
    return Became(reader.email, told, id=0 if gone else reader.id)


@router.post(f"{HOME}/subscribers/add")
async def add(at: At, fields: Posted) -> Response:
    """Adds a subscriber, by the operator's word or by asking them first."""
    return await asyncio.to_thread(_add, at, fields)


def _add(at: Desk, fields: Fields) -> Response:
    at.check(fields)
    app = at.here.app
    email = fields.text("email", 400)
    ask = not fields.has("agreed")
    try:
        topics = tuple(_topic(line) for line in _lines(fields))
        wanted = Subscriber(email=email, topics=topics, locale=app.settings.locale)
        with at.act("subscriber add", email):
            action = Action.SUBSCRIBE if ask else Action.ADD
            stored = app.subscribers.add(wanted, given(app, action))
            if ask:
                app.ask_to_confirm(stored)
    except PaperDigestError as error:
        values = {"title": "Nobody was added", "became": [Became(email, str(error), failed=True)]}
        return at.page("subscribers/became.html.j2", values, 422)
    told = "Is asked to confirm by a mail." if ask else "Gets digests from now on."
    values = {"title": "Added", "became": [Became(stored.email, told, id=stored.id)]}
    return at.page("subscribers/became.html.j2", values)


def _lines(fields: Fields) -> list[str]:
    typed = fields.text("topics", choices.LONGEST_TOPICS).splitlines()
    return [line.strip() for line in typed if line.strip()]


def _topic(text: str) -> Topic:
    parse(text)
    return Topic(text=text)
