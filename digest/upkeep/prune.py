"""What a database need not keep for ever.

Never touched are subscriptions with their history of consent, suppressions, requests, likes, what
the operator did, and whatever still waits. Of the ledger nothing goes that is younger than a
month, so that no digest is sent twice, and a bounce that comes late finds its delivery.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from digest.archive import tables as archive
from digest.database import writing
from digest.delivery.tables import deliveries
from digest.likes.store import likes
from digest.model import DeliveryState
from digest.outcomes import reader_days, runs
from digest.settings import Keeping

BLOCK = 1000  # rows of one transaction: others write in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many rows went, or would go.

    Attributes:
        deliveries: settled ones, with what their messages were made of.
        copies: frozen copies of papers that only they referred to.
        days: readers' days without a digest.
        runs: runs of the program.
        papers: of old editions; the editions' own rows stay.
    """

    deliveries: int = 0
    copies: int = 0
    days: int = 0
    runs: int = 0
    papers: int = 0


def prune(
    engine: Engine,
    keep: Keeping,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Pruned:
    """Deletes what is over and older than the settings say, in small transactions.

    Args:
        engine: of the database.
        keep: how many days; 0 keeps for ever.
        now: the clock.
        dry_run: only counts; copies that would lose their last delivery are not among them.
        progress: told after each transaction how many rows it deleted.
    """

    def go(key: tuple[Column[object], ...], days: int, *conditions: ColumnElement[bool]) -> int:
        if not days:
            return 0
        if dry_run:
            return _count(engine, key, conditions)
        return _delete(engine, key, conditions, progress)

    ended = now - timedelta(days=keep.outcomes_days)
    settled = go((deliveries.c.id,), keep.deliveries_days, *_settled(now, keep))
    return Pruned(
        deliveries=settled,
        copies=go((archive.frozen.c.id,), keep.deliveries_days, _unreferenced()),
        days=go(
            (reader_days.c.subscriber_id, reader_days.c.day),
            keep.outcomes_days,
            reader_days.c.day < ended.date(),
        ),
        runs=go((runs.c.id,), keep.outcomes_days, runs.c.seen_at < ended),
        papers=go((archive.papers.c.id,), keep.papers_days, *_old_papers(now, keep)),
    )


def _settled(now: datetime, keep: Keeping) -> tuple[ColumnElement[bool], ...]:
    c = deliveries.c
    before = now - timedelta(days=keep.deliveries_days)
    return (c.next_attempt_at.is_(None), c.state != DeliveryState.HELD, c.planned_at < before)


def _unreferenced() -> ColumnElement[bool]:
    """Copies older than any that a delivery refers to: a new one is made before its deliveries."""
    oldest = select(func.min(deliveries.c.snapshot)).scalar_subquery()
    return archive.frozen.c.id < oldest


def _old_papers(now: datetime, keep: Keeping) -> tuple[ColumnElement[bool], ...]:
    """Papers of old editions that no later edition brought back and nobody gave a word on."""
    before: date = now.date() - timedelta(days=keep.papers_days)
    papers, editions = archive.papers, archive.editions
    old = select(editions.c.id).where(editions.c.date < before)
    back = exists().where(
        archive.returns.c.paper_id == papers.c.id, archive.returns.c.edition_id.not_in(old)
    )
    renamed = and_(
        archive.aliases.c.paper_id == papers.c.id, archive.aliases.c.key == likes.c.paper
    )
    word = exists().where(or_(likes.c.paper == papers.c.key, exists().where(renamed)))
    return papers.c.edition_id.in_(old), ~back, ~word


def _count(
    engine: Engine, key: tuple[Column[object], ...], conditions: tuple[ColumnElement[bool], ...]
) -> int:
    query = select(func.count()).select_from(key[0].table).where(*conditions)
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _delete(
    engine: Engine,
    key: tuple[Column[object], ...],
    conditions: tuple[ColumnElement[bool], ...],
    progress: Callable[[int], None],
) -> int:
    table, gone = key[0].table, 0
    identity = tuple_(*key) if len(key) > 1 else key[0]
    last: tuple[object, ...] | None = None
    while True:
        query = select(*key).where(*conditions).order_by(*key).limit(BLOCK)
        if last is not None:  # what lies before was looked at: it is not looked at again
            query = query.where(identity > (last if len(key) > 1 else last[0]))
        with writing(engine).begin() as connection:
            found = [tuple(row) for row in connection.execute(query)]
            if not found:
                return gone
            wanted = found if len(key) > 1 else [row[0] for row in found]
            connection.execute(delete(table).where(identity.in_(wanted)))
        gone += len(found)
        last = found[-1]
        progress(len(found))
