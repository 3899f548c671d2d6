"""Preferences, by the link in every mail and without a password.

A mail may be forwarded, so this page shows no address and changes nothing that cannot be
changed back; what would hand over an account needs a fresh link (`digest.web.account`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from fastapi import APIRouter, Response

from digest.web import account, learnt
from digest.web.choices import (
    LONGEST_TOPICS,
    MOST_PAPERS,
    MOST_TOPICS,
    Problems,
    in_words,
    read_choices,
    read_rules,
    read_topics,
    resting,
)
from digest.web.context import Here, Site
from digest.web.errors import FormInvalid
from digest.web.forms import Fields, Posted
from subscribers.errors import InvalidToken, UnknownSubscriber
from subscribers.model import Consent, Subscriber, SubscriptionStatus, Topic
from subscribers.signup import RECEIVING
from subscribers.tokens import Purpose, verify

router = APIRouter()
FORM = "preferences"
MUTED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a button: a word for the reader, or what stands in the way."""

    text: str = ""
    problems: Problems = field(default_factory=Problems)
    added: str = ""


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
    button = fields.text("do", 20)
    if button not in _BUTTONS:
        raise FormInvalid(reason="it has no such button")
    said = _BUTTONS[button](here, reader, fields)
    return _page(here, token, said, 422 if said.problems else 200)


def _add(here: Site, reader: Subscriber, fields: Fields) -> Said:
    text = fields.text("topic", LONGEST_TOPICS)
    excluded = fields.has("excluded")
    new, wrong = read_topics(text, excluded=excluded)
    known = {topic.text for topic in reader.topics}
    topics = (*reader.topics, *(topic for topic in new if topic.text not in known))
    if wrong:
        return Said(problems=Problems(topics=wrong), added=text)
    if len(topics) > MOST_TOPICS:
        full = {"topic": f"At most {MOST_TOPICS} topics; a topic can hold OR."}
        return Said(problems=Problems(full), added=text)
    here.app.subscribers.edit(replace(reader, topics=topics), here.app.now())
    trial = here.trials.of(new)
    found = f" It would have sent {trial.rate}." if new and not excluded and trial.days else ""
    warned = (
        " ".join(f"“{one.topic}”: {one.warning}" for one in trial.warnings) if not excluded else ""
    )
    return Said(f"Added.{found} {warned}".strip() if new else "There was no topic to add.")


def _change(
    change: Callable[[Site, Topic], Topic | None], done: str
) -> Callable[[Site, Subscriber, Fields], Said]:
    """A button beside a topic, which is known by its text: the list may have changed."""

    def act(here: Site, reader: Subscriber, fields: Fields) -> Said:
        text = fields.text("topic", LONGEST_TOPICS)
        changed = [
            change(here, topic) if _same(topic.text, text) else topic for topic in reader.topics
        ]
        kept = tuple(topic for topic in changed if topic is not None)
        here.app.subscribers.edit(replace(reader, topics=kept), here.app.now())
        return Said(done)

    return act


def _same(text: str, sent: str) -> bool:
    """A form changes line ends and the space around a text."""
    return text.split() == sent.split()


def _mute(here: Site, topic: Topic) -> Topic:
    return replace(topic, muted_until=here.app.now().date() + MUTED_FOR)


def _save(here: Site, reader: Subscriber, fields: Fields) -> Said:
    chosen, problems = read_choices(fields, reader, here.digest_templates)
    chosen = read_rules(fields, replace(chosen, topics=reader.topics))
    if problems:
        return Said(problems=problems)
    here.app.subscribers.edit(chosen, here.app.now())
    return Said(f"Saved: your digest comes {in_words(chosen.schedule)}.")


def _move(action: str, done: str) -> Callable[[Site, Subscriber, Fields], Said]:
    def act(here: Site, reader: Subscriber, fields: Fields) -> Said:
        del fields
        given = Consent(action=action, at=here.app.now(), source="web")
        here.app.subscribers.change(reader.id, given)
        return Said(done)

    return act


def _send_link(link: account.Fresh) -> Callable[[Site, Subscriber, Fields], Said]:
    def act(here: Site, reader: Subscriber, fields: Fields) -> Said:
        del fields
        account.send_link(here, reader, link)
        return Said("A mail with a link is on its way to your address. The link works for an hour.")

    return act


def _forget(here: Site, reader: Subscriber, fields: Fields) -> Said:
    return Said(learnt.forget(here, reader, fields))


_BUTTONS: dict[str, Callable[[Site, Subscriber, Fields], Said]] = {
    "add": _add,
    "pause": _change(lambda _, topic: replace(topic, paused=True), "The topic is paused."),
    "resume": _change(
        lambda _, topic: replace(topic, paused=False, muted_until=None), "The topic counts again."
    ),
    "mute": _change(_mute, "The topic is quiet for a week."),
    "remove": _change(lambda _here, _topic: None, "The topic is removed."),
    "save": _save,
    "halt": _move("pause", "All digests are paused until you go on."),
    "go": _move("resume", "Your digests come again."),
    "forget": _forget,
    **{f"link-{link.value}": _send_link(link) for link in account.Fresh},
}


def _page(here: Site, token: str, said: Said, status: int = 200) -> Response:
    reader = find_reader(here, token)
    today = here.app.now().date()
    values = {
        "form": here.form_token(FORM, token),
        "said": said,
        "problems": said.problems,
        "reader": reader,
        "schedule": reader.schedule,
        "timezone": reader.schedule.timezone,
        "topics": [(topic, resting(topic, today)) for topic in reader.topics],
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
