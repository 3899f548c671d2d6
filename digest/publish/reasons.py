"""A reader's day paper by paper: what was chosen, what was not, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Engine

from digest import selection, words
from digest.archive import Archive
from digest.delivery import Outbox
from digest.errors import UnknownEdition
from digest.model import Delivery, Digest, Edition, EditionState, Paper
from digest.publish.account import DIGESTS, Line, reader_lines
from digest.publish.packing import unpack
from digest.selection import MakeSelector, Verdict, Why
from digest.words import Words
from subscribers.model import Subscriber
from subscribers.past import Schedules, schedules_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One paper of the editions that a digest was chosen from.

    Attributes:
        verdict: `chosen`, `also`, `no match`, …
        because: the reason in words.
    """

    key: str
    title: str
    verdict: str
    because: str


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

    Where a digest was planned, it is the one that was sent. Where none was, it is what the
    edition of that date would have given: as the topics are now.
    """
    lines = tuple(reader_lines(engine, reader, day, day))
    schedules = schedules_of(engine, reader)
    rows = [row for row in _rows(outbox, reader) if _is_of(row, schedules, day)]
    if rows:
        papers = tuple(line for row in rows for line in of_delivery(archive, row, reader, selector))
        return Explanation(lines=lines, edition=", ".join(r.occasion for r in rows), papers=papers)
    try:
        edition = archive.edition(day)
    except UnknownEdition:
        return Explanation(lines=lines)
    verdicts = selection.explain(edition, reader, selector, today=day)
    return Explanation(lines=lines, edition=str(day), papers=_told(verdicts, reader))


def _rows(outbox: Outbox, reader: Subscriber) -> Iterator[Delivery]:
    after = 0
    while found := outbox.rows(after=after, limit=500, subscriber_id=reader.id):
        yield from found
        after = found[-1].id


def _is_of(row: Delivery, schedules: Schedules, day: date) -> bool:
    due = row.due_at or row.planned_at
    return row.kind in DIGESTS and schedules.day(due, row.planned_at) == day


def of_delivery(
    archive: Archive, row: Delivery, reader: Subscriber, selector: MakeSelector
) -> tuple[PaperLine, ...]:
    """The digest as it was chosen; papers that were left out, by the topics of that time.

    Args:
        archive: holds the frozen copy that was chosen from.
        row: of a digest, not of a notice.
        reader: whose it is.
        selector: of the installation.
    """
    papers = archive.thaw(row.snapshot or 0)
    digest = unpack(row.selection, papers)
    then = replace(reader, topics=digest.subscriber.topics)
    edition = Edition(date=digest.date, papers=papers, state=EditionState.SETTLED)
    verdicts = selection.explain(edition, then, selector, today=digest.date)
    known = {verdict.paper.key: verdict for verdict in verdicts}
    return _told([_as_sent(paper, digest, known[paper.key]) for paper in papers], then)


def _as_sent(paper: Paper, digest: Digest, verdict: Verdict) -> Verdict:
    entry = next((e for e in digest.entries if e.paper.key == paper.key), None)
    if entry is not None:
        return replace(verdict, why=Why.CHOSEN, entry=entry)
    if any(p.key == paper.key for p in digest.missed):
        return replace(verdict, why=Why.MISSED, entry=None)
    if any(p.key == paper.key for p in digest.also):
        return replace(verdict, why=Why.ALSO, entry=None)
    if verdict.why in (Why.CHOSEN, Why.ALSO):  # it would be now, and was not then
        return replace(verdict, why=Why.FULL if verdict.topic else Why.NO_MATCH, entry=None)
    return verdict


def in_words(verdict: Verdict, reader: Subscriber, language: Words) -> str:
    """The rule that decided about a paper, as a reader understands it."""
    if verdict.entry is not None:
        return language.reason(verdict.entry.reason)
    topic = " | ".join(verdict.topic.splitlines())
    most = reader.max_papers
    better = "a better one fills" if most == 1 else f"{most} better ones fill"
    return {
        Why.MISSED: f"matches “{topic}”; listed by its title as missed",
        Why.ALSO: "among the most voted of the rest; listed by its title at the end",
        Why.VETOED: f"forbidden by “{topic}”",
        Why.HAD: "it was in an earlier digest",
        Why.FULL: f"matches “{topic}”, but {better} the digest",
        Why.NO_MATCH: "no topic matches",
    }.get(verdict.why, str(verdict.why))


def _told(verdicts: Sequence[Verdict], reader: Subscriber) -> tuple[PaperLine, ...]:
    english = words.load(words.FALLBACK)
    return tuple(
        PaperLine(
            key=verdict.paper.key,
            title=verdict.paper.title,
            verdict=str(verdict.why),
            because=in_words(verdict, reader, english),
        )
        for verdict in verdicts
    )
