"""Deliveries as a preview: those that a plain `send` would plan now, and those of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from digest.app import App
from digest.model import WEEKLY, Delivery, Digest, Edition, EditionState, Paper, papers_of
from digest.preview.choice import Choice
from digest.preview.errors import UnknownDelivery
from digest.preview.onlooker import onlooker
from digest.preview.seen import Preview
from digest.publish.packing import unpack, unpack_notice
from digest.publish.reasons import day_of, decided, had_before
from subscribers.model import Subscriber

MOST = 20  # deliveries of a reader that are offered


def foreseen(app: App, seen: Preview, choice: Choice) -> Preview | None:
    """What a plain `send` would deliver to a reader now; None where nothing is due to them.

    That is every edition that they have not had and that is closed by now: a week, or the days
    they missed.
    """
    if choice.edition or choice.lines or not seen.reader.id:
        return None
    planner, had = onlooker(app), set[str]()
    for plan in planner.foresee(seen.at, seen.reader.id):
        if plan.snapshot is None:
            continue
        papers = app.archive.thaw(plan.snapshot)
        digest = unpack(plan.selection, papers)
        wanted = not choice.template or plan.template == choice.template
        if wanted and not plan.skip:
            if plan.kind == WEEKLY:
                had |= planner.had(seen.reader, seen.at)
            message = app.renderer.render(digest, seen.at, key_id=plan.key_id)
            found = _shown(app, seen, digest, papers, frozenset(had))
            return replace(found, kind=plan.kind, template=plan.template, message=message, due=True)
        had |= {paper.key for paper in papers_of(digest)}
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
    had = had_before(app.archive, row)
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
    return _shown(app, seen, digest, papers, had) if digest else seen


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


def _shown(
    app: App, seen: Preview, digest: Digest, papers: Sequence[Paper], had: frozenset[str]
) -> Preview:
    today = day_of(digest, seen.at)
    verdicts = decided(digest, papers, app.selector, today=today, had=had)
    return replace(seen, digest=digest, edition=_edition(digest.date, papers), verdicts=verdicts)


def _edition(day: date, papers: Sequence[Paper]) -> Edition:
    return Edition(date=day, papers=tuple(papers), state=EditionState.SETTLED)
