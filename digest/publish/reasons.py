"""A reader's day paper by paper: what was chosen, what was not, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Engine

from digest import selection, words
from digest.archive import Archive
from digest.delivery import Outbox
from digest.errors import UnknownEdition
from digest.model import (
    DAILY,
    WEEKLY,
    WELCOME,
    Delivery,
    Digest,
    Edition,
    EditionState,
    LinkKind,
    Paper,
)
from digest.publish import ledger
from digest.publish.account import DIGESTS, SCHEDULED, Line, reader_lines
from digest.publish.packing import date_of, unpack
from digest.publish.weekly import LEDGER
from digest.rendering.clean import clean_url
from digest.selection import MakeSelector, Verdict, Why
from digest.words import Words
from subscribers.due import local_day
from subscribers.model import Subscriber, WhenNothing
from subscribers.past import Schedules, schedules_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One paper of the editions that a digest was chosen from.

    Attributes:
        verdict: `chosen`, `also`, `no match`, …
        because: the reason in words.
        url: where it can be read, "" where it is on no page.
    """

    key: str
    title: str
    verdict: str
    because: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a reader's day was as it was.

    Attributes:
        lines: what became of the day; several where it had a weekly digest, too.
        edition: the occasion, or the date, of what was chosen from.
        papers: each of its papers; empty where there was nothing to choose from.
    """

    lines: tuple[Line, ...]
    edition: str = ""
    papers: tuple[PaperLine, ...] = ()


def explain(
    engine: Engine,
    archive: Archive,
    outbox: Outbox,
    reader: Subscriber,
    day: date,
    selector: MakeSelector,
) -> Explanation:
    """A reader's day: what became of it, and of each paper.

    Where a digest was planned, it is the one that was sent; else one of that date's edition that
    was sent on another day. Where none was, it is what the edition of that date would have given:
    as the topics are now.
    """
    english = words.load(words.FALLBACK)
    lines = tuple(reader_lines(engine, reader, day, day))
    schedules = schedules_of(engine, reader)
    known = list(_rows(outbox, reader))
    rows = [row for row in known if _is_of(row, schedules, day)]
    rows = rows or [row for row in known if row.kind == DAILY and row.occasion[:10] == f"{day}"]
    if rows:
        told = (of_delivery(archive, row, selector, english) for row in rows)
        papers = tuple(line for lines in told for line in lines)
        return Explanation(lines=lines, edition=", ".join(map(_edition_of, rows)), papers=papers)
    try:
        edition = archive.edition(day)
    except UnknownEdition:
        return Explanation(lines=lines)
    verdicts = selection.explain(edition, reader, selector, today=day)
    papers = _told(verdicts, reader, english)
    return Explanation(lines=lines, edition=str(day), papers=papers)


def _rows(outbox: Outbox, reader: Subscriber) -> Iterator[Delivery]:
    after = 0
    while found := outbox.rows(after=after, limit=500, subscriber_id=reader.id):
        yield from found
        after = found[-1].id


def _is_of(row: Delivery, schedules: Schedules, day: date) -> bool:
    due = row.due_at or row.planned_at
    return row.kind in DIGESTS and schedules.day(due, row.planned_at) == day


def _edition_of(row: Delivery) -> str:
    """What a digest was chosen from; the occasion of a welcome is a request."""
    return str(date_of(row.selection)) if row.kind == WELCOME else row.occasion


def of_delivery(
    archive: Archive, row: Delivery, make: MakeSelector, language: Words
) -> tuple[PaperLine, ...]:
    """The digest as it was chosen; papers that were left out, by what held at that time.

    Args:
        archive: holds the frozen copy that was chosen from.
        row: of a digest, not of a notice.
        make: makes the selector of an edition.
        language: of the reasons.
    """
    papers = archive.thaw(row.snapshot or 0)
    digest = unpack(row.selection, papers)
    had, today = had_before(archive, row), day_of(digest, row.planned_at)
    verdicts = decided(digest, papers, make, today=today, had=had)
    return _told(verdicts, wishes_of(digest), language)


def decided(
    digest: Digest,
    papers: Sequence[Paper],
    make: MakeSelector,
    *,
    today: date,
    had: frozenset[str] = frozenset(),
) -> tuple[Verdict, ...]:
    """What became of each paper that a digest was chosen from, whatever its reader wishes since.

    What the digest holds is told as it was chosen; what it left out follows from the topics that
    it keeps.

    Args:
        digest: as it was chosen.
        papers: what it was chosen from.
        make: makes the selector of an edition.
        today: the reader's date then, which decides about topics that rest.
        had: keys of the papers that an earlier digest had brought.
    """
    edition = Edition(date=digest.date, papers=tuple(papers), state=EditionState.SETTLED)
    found = selection.explain(edition, wishes_of(digest), make, today=today, had=had)
    verdicts = [_as_sent(digest, verdict) for verdict in found]
    if digest.kind != WEEKLY:
        return tuple(verdicts)
    # Behind the week's papers stand those of the weeks before, for what was missed there.
    week, before = verdicts[: digest.considered], verdicts[digest.considered :]
    idle = (Why.NO_MATCH, Why.RESTING)
    return (*week, *(verdict for verdict in before if verdict.why not in idle))


def wishes_of(digest: Digest) -> Subscriber:
    """A digest's reader with the wishes that tell what was left out: its topics and its size."""
    return replace(
        digest.subscriber,
        max_papers=max(1, len(digest.entries)),
        near=False,
        also_trending=False,
        when_nothing=WhenNothing.SILENCE,
    )


def day_of(digest: Digest, planned_at: datetime) -> date:
    """The reader's date on which a digest was chosen; a welcome goes by its edition's."""
    if digest.kind not in SCHEDULED:
        return digest.date
    return local_day(digest.subscriber.schedule, planned_at)


def had_before(archive: Archive, row: Delivery) -> frozenset[str]:
    """What earlier digests had brought when a weekly one was chosen; others do not ask."""
    if row.kind != WEEKLY:
        return frozenset()
    since = row.planned_at - LEDGER
    with archive.engine.connect() as connection:
        number = row.subscriber_id
        found = ledger.had_papers(connection, [number], since, _keys(archive), before=row.id)
    return frozenset(found.get(number, ()))


def _keys(archive: Archive) -> ledger.Keys:
    return lambda snapshot: [paper.key for paper in archive.thaw(snapshot)]


def _as_sent(digest: Digest, verdict: Verdict) -> Verdict:
    key = verdict.paper.key
    entry = next((e for e in digest.entries if e.paper.key == key), None)
    if entry is not None:
        return replace(verdict, why=Why.CHOSEN, entry=entry)
    if any(paper.key == key for paper in digest.missed):
        return replace(verdict, why=Why.MISSED, entry=None)
    if any(paper.key == key for paper in digest.also):
        return replace(verdict, why=Why.ALSO, entry=None)
    if verdict.why in (Why.CHOSEN, Why.ALSO):  # it would be now, and was not then
        return replace(verdict, why=Why.FULL if verdict.topic else Why.NO_MATCH, entry=None)
    return verdict


def in_words(verdict: Verdict, reader: Subscriber, language: Words) -> str:
    """The rule that decided about a paper, as a reader understands it.

    Args:
        verdict: what became of the paper.
        reader: with the topics and the size that decided.
        language: the reader's, or another.
    """
    if verdict.entry is not None:
        return language.reason(verdict.entry.reason)
    facts = {"topic": " | ".join(verdict.topic.splitlines()), "count": reader.max_papers}
    asks = any(not topic.excluded for topic in reader.topics)
    if verdict.why is Why.NO_MATCH and not asks:
        return language("why.fewer_votes")
    return language(f"why.{verdict.why.name.lower()}", **facts)


def _told(
    verdicts: Sequence[Verdict], reader: Subscriber, language: Words
) -> tuple[PaperLine, ...]:
    return tuple(
        PaperLine(
            key=verdict.paper.key,
            title=verdict.paper.title,
            verdict=str(verdict.why),
            because=in_words(verdict, reader, language),
            url=clean_url(verdict.paper.link(LinkKind.PAGE) or ""),
        )
        for verdict in verdicts
    )
