"""Preferences, by the link in every mail and without a password.

A mail may be forwarded, so this page shows no address and changes nothing that cannot be
changed back; what would hand over an account needs a fresh link (`digest.web.account`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter, Response

from digest.web import account, brought, learnt, topics
from digest.web.choices import MOST_PAPERS, in_words, read_choices, read_rules
from digest.web.context import Here, Site
from digest.web.errors import FormInvalid
from digest.web.forms import LARGEST_WITH_FILE, Fields, PostedWithFile
from digest.web.topics import Said
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
    return here.reader(number)


@router.api_route("/p/{token}", methods=["GET", "HEAD"])
def show(here: Here, token: str) -> Response:
    """The page; changes nothing."""
    return _page(here, token, Said(), "")


@router.post("/p/{token}")
async def act(here: Here, token: str, fields: PostedWithFile) -> Response:
    """One of the page's buttons."""
    return await asyncio.to_thread(_act, here, token, fields)


def _act(here: Site, token: str, fields: Fields) -> Response:
    reader = find_reader(here, token)
    here.check_form(fields, FORM, token)
    button = "try" if fields.has("mean") else fields.text("do", 20)
    if button not in _BUTTONS:
        raise FormInvalid(reason="it has no such button")
    said = _BUTTONS[button](here, reader, fields)
    return _page(here, token, said, _SECTIONS.get(button, "topics"), 422 if said.failed else 200)


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


#: By button, the section of the page in which it stands, where its answer is read.
_SECTIONS = {
    "save": "when",
    "halt": "rest",
    "go": "rest",
    "forget": "likes",
    "bring": "likes",
    "take-out": "learnt",
    "put-back": "learnt",
    **{f"link-{link.value}": "account" for link in account.Fresh},
}

_BUTTONS: dict[str, topics.Act] = {
    **topics.BUTTONS,
    "save": _save,
    "halt": _move("pause", "All digests are paused until you go on."),
    "go": _move("resume", "Your digests come again."),
    "forget": _taught(learnt.forget),
    "bring": brought.bring,
    "take-out": _taught(learnt.take_out),
    "put-back": _taught(learnt.put_back),
    **{f"link-{link.value}": _send_link(link) for link in account.Fresh},
}


def _answered_in(
    section: str, rows: list[topics.Shown], known: learnt.Learnt, *, rest: bool
) -> str:
    """Where the answer to a button stands: beside a topic, in its section, or at the top.

    A button may have taken its own section away: the last word, a subscription.
    """
    if section == "topics" and any(row.answered for row in rows):
        return "row"
    gone = {"rest": not rest, "learnt": not (known.words or known.out)}
    return "top" if gone.get(section) else section


def _page(here: Site, token: str, said: Said, section: str, status: int = 200) -> Response:
    reader = find_reader(here, token)
    rows = topics.shown(reader, said, here.app.now().date())
    known, receives = learnt.of(here, reader), reader.status in RECEIVING
    values = {
        "section": _answered_in(section, rows, known, rest=receives),
        "form": here.form_token(FORM, token),
        "said": said,
        "problems": said.problems,
        "reader": reader,
        "schedule": reader.schedule,
        "timezone": reader.schedule.timezone,
        "topics": rows,
        "receives": receives,
        "paused": reader.status is SubscriptionStatus.PAUSED,
        "when": in_words(reader.schedule),
        "most_papers": MOST_PAPERS,
        "unsubscribe": here.path("u", Purpose.UNSUBSCRIBE, reader.id),
        "feed": here.path("feed", Purpose.FEED, reader.id),
        "learnt": known,
        "largest_file": f"{LARGEST_WITH_FILE // 1024**2} MB",
        **here.form_choices(),
    }
    return here.page("preferences/page.html.j2", values, status)
