"""How votes grow, out of the snapshots that pulls left: one for each change that was seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, select

from digest.archive import tables as t
from digest.archive.known import blocks
from digest.model import Edition, Paper, Trend

#: Snapshots older than this tell nothing that is shown; the last one before it is kept.
KEPT = timedelta(days=30)
#: Growth is told of so many days at most.
LONGEST = 14
_HOUR = timedelta(hours=1)

Snapshot = tuple[datetime, int]


def with_trends(connection: Connection, edition: Edition, at: datetime, span: timedelta) -> Edition:
    """The edition, its papers with how their votes grew in a span that ends at an instant."""
    seen = _snapshots(connection, [p.key for p in edition.papers if p.upvotes])
    papers = (_with_trend(paper, seen, at, span) for paper in edition.papers)
    return replace(edition, papers=tuple(papers))


def _with_trend(
    paper: Paper, seen: Mapping[str, Sequence[Snapshot]], at: datetime, span: timedelta
) -> Paper:
    trend = trend_of(seen.get(paper.key, ()), paper.upvotes or 0, at, span)
    return paper if trend is None else replace(paper, trend=trend)


def trend_of(
    snapshots: Sequence[Snapshot], upvotes: int, at: datetime, span: timedelta
) -> Trend | None:
    """How votes grew in a span; None where they did not, or were first seen within the hour.

    Args:
        snapshots: of one paper, the earliest first.
        upvotes: its votes at the instant.
        at: the instant.
        span: where the first snapshot is younger, the growth since that one is told.
    """
    begin = at - span
    before = [seen for seen in snapshots if seen[0] <= begin]
    since, votes = (begin, before[-1][1]) if before else next(iter(snapshots), (at, upvotes))
    hours = round((at - since) / _HOUR)
    return Trend(upvotes - votes, hours) if upvotes > votes and hours > 0 else None


def thin_out(connection: Connection, before: datetime) -> None:
    """Forgets snapshots of before an instant, except the one of each paper that held then."""
    later = t.votes.alias("later")
    followed = exists().where(
        later.c.paper_id == t.votes.c.paper_id, later.c.at > t.votes.c.at, later.c.at <= before
    )
    connection.execute(delete(t.votes).where(t.votes.c.at < before, followed))


def _snapshots(connection: Connection, keys: Iterable[str]) -> Mapping[str, list[Snapshot]]:
    found: dict[str, list[Snapshot]] = defaultdict(list)
    query = select(t.papers.c.key, t.votes.c.at, t.votes.c.upvotes).join(
        t.votes, t.votes.c.paper_id == t.papers.c.id
    )
    for block in blocks(list(keys)):
        rows = connection.execute(query.where(t.papers.c.key.in_(block)).order_by(t.votes.c.at))
        for row in rows:
            found[row.key].append((row.at, row.upvotes))
    return found
