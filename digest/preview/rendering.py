"""From a choice to the message that `send` would deliver, and why it is as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from digest import sample
from digest.app import App
from digest.errors import UnknownEdition
from digest.model import DAILY, WEEKLY, WELCOME, Digest, Edition, Message
from digest.preview import deliveries
from digest.preview.choice import SAMPLE, Choice
from digest.preview.seen import Preview
from digest.preview.week import whole_week
from digest.publish.weekly import first_week, week_until
from digest.selection import explain
from subscribers import topics
from subscribers.model import Subscriber, SubscriptionStatus, Topic

#: Kinds of digest with a template of their own name; every other is a choice for the daily one.
KINDS = (WEEKLY, WELCOME)
#: Messages without papers.
NOTICES = ("confirm", "goodbye")
#: Stands in for a reader where only topics are given.
ANYBODY = "reader@example.org"


def look(app: App, choice: Choice) -> Preview:
    """What `send` would deliver at the planned time.

    Raises:
        UnknownSubscriber: nobody has this address.
        TopicError: a typed topic is none.
        UnknownEdition: no edition of this date is in the archive.
        UnknownDelivery: the outbox has no delivery of this number.
        TemplateError: the template cannot be compiled; file and line are named.
        RenderError: the message cannot be made.
    """
    number = deliveries.number_of(choice.edition)
    if number is not None:
        return deliveries.stored(app, number)
    reader, edition = _reader(app, choice), _edition(app, choice)
    at = choice.planned_at or app.now()
    template = choice.template or reader.template
    seen = Preview(
        reader=reader,
        edition=edition,
        at=at,
        kind=_kind(template),
        template=template,
        sampled=not choice.edition and app.archive.latest() is None,
    )
    if seen.kind in NOTICES:
        return replace(seen, message=_notice(app, seen))
    due = deliveries.foreseen(app, seen, choice)
    if due is not None:
        return due
    if seen.kind == WEEKLY and choice.edition != SAMPLE:
        week = whole_week(app, seen, choice)
        if week is not None:
            return week
        seen = replace(seen, edition=week_until(app.archive, edition, app.now()))
    digest = _digest(app, seen)
    verdicts = explain(seen.edition, reader, app.selector, today=seen.edition.date)
    message = app.renderer.render(digest, at) if digest.entries else None
    return replace(seen, digest=digest, verdicts=verdicts, message=message)


def _reader(app: App, choice: Choice) -> Subscriber:
    reader = chosen(app, choice)
    typed = tuple(Topic(text=text) for text in choice.lines)
    for topic in typed:
        topics.parse(topic.text)
    return replace(reader, topics=typed) if typed else reader


def chosen(app: App, choice: Choice) -> Subscriber:
    """Whose message is looked at, as they stand: the first who receives, where nobody is named.

    Raises:
        UnknownSubscriber: nobody has this address.
    """
    if choice.reader:
        return app.subscribers.get(choice.reader)
    confirmed = app.subscribers.block(limit=1, status=SubscriptionStatus.CONFIRMED)
    if confirmed and not choice.lines:
        return confirmed[0]
    return Subscriber(email=ANYBODY, status=SubscriptionStatus.CONFIRMED)


def _edition(app: App, choice: Choice) -> Edition:
    latest = app.archive.latest()
    if choice.edition == SAMPLE or (not choice.edition and latest is None):
        return sample.edition()
    try:
        day = date.fromisoformat(choice.edition) if choice.edition else latest
    except ValueError:
        raise UnknownEdition(date=choice.edition) from None
    assert day is not None  # noqa: S101  # for the type checker
    return app.publisher.edition(day)


def _kind(template: str) -> str:
    return template if template in (*KINDS, *NOTICES) else DAILY


def _digest(app: App, seen: Preview) -> Digest:
    if seen.kind == WELCOME:
        return app.publisher.select_welcome(seen.edition, seen.reader, _request(seen))
    if seen.kind == WEEKLY:
        return first_week(app.selector, seen.edition, seen.reader)
    reader = replace(seen.reader, template=seen.template)
    return next(iter(app.publisher.select(seen.edition, [reader])))


def _notice(app: App, seen: Preview) -> Message:
    return app.renderer.compose_notice(
        seen.kind, seen.reader, seen.at, occasion=_request(seen), facts={}
    ).sign()


def _request(seen: Preview) -> str:
    """In the place of the request that a mail about a request belongs to."""
    return f"preview {seen.at:%Y-%m-%dT%H:%M:%S}"
