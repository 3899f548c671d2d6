"""Deliveries as a preview: those that a plain `send` would plan now, and those of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from digest.app import App
from digest.model import Delivery, Digest, Edition, EditionState, Paper
from digest.preview.choice import Choice
from digest.preview.errors import UnknownDelivery
from digest.preview.seen import Preview
from digest.publish.packing import unpack, unpack_notice
from digest.selection import Verdict
from subscribers.errors import UnknownSubscriber
from subscribers.model import Subscriber

MOST = 20  # deliveries of a reader that are offered


def foreseen(app: App, seen: Preview, choice: Choice) -> Preview | None:
    """What a plain `send` would deliver to a reader now; None where nothing is due to them.

    That is every settled edition that they have not had: a week, or the days they missed.
    """
    if choice.edition or choice.lines or not seen.reader.id:
        return None
    for plan in app.planner.foresee(seen.at, seen.reader.id):
        wanted = not choice.template or plan.template == choice.template
        if wanted and not plan.skip and plan.snapshot is not None:
            papers = app.archive.thaw(plan.snapshot)
            digest = unpack(plan.selection, papers)
            message = app.renderer.render(digest, seen.at, key_id=plan.key_id)
            found = _shown(app, seen, digest, papers)
            return replace(found, kind=plan.kind, template=plan.template, message=message, due=True)
    return None


def stored(app: App, number: int) -> Preview:
    """A delivery of the outbox, as it was or will be delivered.

    Raises:
        UnknownDelivery: the outbox has none of this number.
    """
    row = next((r for r in app.outbox.rows(after=number - 1, limit=1) if r.id == number), None)
    if row is None:
        raise UnknownDelivery(number=number)
    message, digest = app.publisher.render(row), app.publisher.digest_of(row)
    papers = app.archive.thaw(row.snapshot) if row.snapshot is not None else ()
    reader, facts = (digest.subscriber, {}) if digest else unpack_notice(row.selection)
    seen = Preview(
        reader=reader,
        edition=_edition(digest.date if digest else row.planned_at.date(), papers),
        at=row.planned_at,
        kind=row.kind,
        template=row.template,
        message=message,
        delivery=row,
        facts=facts,
    )
    return _shown(app, seen, digest, papers) if digest else seen


def labels(app: App, reader: Subscriber) -> list[tuple[str, str]]:
    """Value and label of the reader's latest deliveries, the newest first."""
    rows = app.outbox.rows(subscriber_id=reader.id, limit=1000) if reader.id else []
    return [(f"{PREFIX}{row.id}", _label(row)) for row in reversed(rows[-MOST:])]


PREFIX = "delivery:"


def number_of(edition: str) -> int | None:
    """The number of the delivery that was chosen in the place of an edition, None for none.

    Raises:
        UnknownDelivery: it is no number.
    """
    if not edition.startswith(PREFIX):
        return None
    number = edition.removeprefix(PREFIX)
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise UnknownDelivery(number=number)
    return int(number)


def _label(row: Delivery) -> str:
    return f"{row.planned_at:%Y-%m-%d %H:%M}: {row.kind}, {row.state}"


def _shown(app: App, seen: Preview, digest: Digest, papers: Sequence[Paper]) -> Preview:
    edition = _edition(digest.date, papers)
    verdicts = _verdicts(app, digest, edition)
    return replace(seen, digest=digest, edition=edition, verdicts=verdicts)


def _verdicts(app: App, digest: Digest, edition: Edition) -> tuple[Verdict, ...]:
    """Paper by paper; what a row does not keep of its reader is as it is now."""
    kept = digest.subscriber
    try:
        reader = replace(app.subscribers.by_id(kept.id), topics=kept.topics)
    except UnknownSubscriber:
        reader = kept
    selector = app.selector(edition, sorted({topic.text for topic in reader.topics}))
    return selector.explain(reader, today=edition.date)


def _edition(day: date, papers: Sequence[Paper]) -> Edition:
    return Edition(date=day, papers=tuple(papers), state=EditionState.SETTLED)
