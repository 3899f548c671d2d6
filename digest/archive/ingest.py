"""One answer of a source goes into the archive, inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from digest import editions as decide
from digest.archive import tables as t
from digest.archive.growth import KEPT, thin_out
from digest.archive.known import Finder, Known, ids_of
from digest.archive.queries import edition_row, put_standing
from digest.archive.rows import paper_values, standing_of
from digest.archive.values import StoreResult
from digest.model import DayState, EditionState, Paper, SourceDay


def store_day(connection: Connection, day: SourceDay) -> StoreResult:
    """Stores one answer: its papers first, then the standing of their edition."""
    row = connection.execute(edition_row(day.source, day.date)).one_or_none()
    before = standing_of(row) if row else None
    if row is None:
        thin_out(connection, day.fetched_at - KEPT)  # once for each day of a source
        opened = decide.Standing(state=EditionState.FILLING, opened_at=day.fetched_at)
        put_standing(connection, day.source, day.date, None, opened)
        row = connection.execute(edition_row(day.source, day.date)).one()
    result = StoreResult()
    if day.state is not DayState.STALE:
        closed = before is not None and before.settled_at is not None
        result = _Ingest(connection, day, row, closed).run()
    after = decide.after_answer(before, day, total=count(connection, row.id))
    put_standing(connection, day.source, day.date, row, after)
    problems = (f"{day.source} {day.date}: {after.problem}",) if after.problem else ()
    changed = before is None or _visible(before) != _visible(after)
    return result + StoreResult(editions=int(changed), problems=problems)


def count(connection: Connection, edition_id: int) -> int:
    """How many papers an edition holds."""
    query = select(func.count()).where(t.papers.c.edition_id == edition_id)
    return connection.execute(query).scalar_one()


def _visible(standing: decide.Standing) -> decide.Standing:
    """A standing without the instant that every pull changes."""
    return replace(standing, fetched_at=None)


@dataclass(slots=True)
class _Ingest:
    """The papers of one answer.

    Attributes:
        row: of the edition of its day.
        closed: whether that edition was closed before this answer came.
        home: the edition that takes new papers: this one, or when it is closed the next of
            the source that fills; None where there is none yet, and they wait.
    """

    connection: Connection
    day: SourceDay
    row: Row[Any]
    closed: bool
    home: int | None = None
    changed: dict[int, Known] = field(default_factory=dict)
    result: StoreResult = field(default_factory=StoreResult)

    def run(self) -> StoreResult:
        self.home = self._next_filling() if self.closed else self.row.id
        seen = decide.distinct(self.day.papers)
        finder = Finder.load(self.connection, [*seen, *self.day.revisions])
        fresh: list[tuple[int, Paper]] = []
        for position, paper in enumerate(seen):
            if known := finder.match(paper):
                self._see_again(known, paper, position)
            else:
                fresh.append((position, paper))
        for paper in self.day.revisions:
            if known := finder.match(paper):
                self._revise(known, paper)
        self._write_changed()
        self._add(fresh)
        if seen and not self.closed:
            self._adopt_waiting()
        return self.result

    def _next_filling(self) -> int | None:
        later = (
            t.editions.c.source == self.day.source,
            t.editions.c.date > self.day.date,
            t.editions.c.state == EditionState.FILLING.value,
            t.editions.c.papers > 0,
        )
        query = select(t.editions.c.id).where(*later).order_by(t.editions.c.date).limit(1)
        return self.connection.execute(query).scalar_one_or_none()

    def _see_again(self, known: Known, paper: Paper, position: int) -> None:
        waited = known.edition_id is None and self.home is not None
        if waited:
            known.edition_id = self.home
        filling = known.edition_id == self.row.id and not self.closed
        if filling or waited:
            known.position = position
        else:
            reason = decide.return_reason(known.paper, paper, known.listed_upvotes)
            self._come_back(known, paper, reason)
        self._learn(known, paper)
        if filling or waited:
            known.listed_upvotes = known.paper.upvotes

    def _revise(self, known: Known, paper: Paper) -> None:
        """A new version: where none was known the first one was."""
        before = replace(known.paper, version=known.paper.version or 1)
        self._come_back(known, paper, decide.return_reason(before, paper, None))
        self._learn(known, paper)

    def _come_back(self, known: Known, paper: Paper, reason: str) -> None:
        """Noted in an edition that takes papers; without one, when it is seen again."""
        if not reason or self.home in {None, known.edition_id}:
            return
        values = {"edition_id": self.home, "paper_id": known.id, "reason": reason}
        same = (t.returns.c.edition_id == self.home) & (t.returns.c.paper_id == known.id)
        self.connection.execute(t.returns.delete().where(same))
        self.connection.execute(t.returns.insert().values(values))
        known.listed_upvotes = paper.upvotes
        self.result += StoreResult(returned=1)

    def _learn(self, known: Known, paper: Paper) -> None:
        before = known.paper
        earlier = self.day.date < known.seen_on
        known.paper = (decide.merge_earlier if earlier else decide.merge)(before, paper)
        known.seen_on = max(known.seen_on, self.day.date)
        if known.paper.key != before.key:
            values = {"key": before.key, "paper_id": known.id}
            self.connection.execute(t.aliases.insert().values(values))
        if known.paper.upvotes != before.upvotes:
            self._count_votes([(known.id, known.paper)])
        self.changed[known.id] = known
        same = known.paper == before
        self.result += StoreResult(updated=int(not same), unchanged=int(same))

    def _write_changed(self) -> None:
        if not self.changed:
            return
        rows = [{"row_id": known.id, **_values(known)} for known in self.changed.values()]
        statement = update(t.papers).where(t.papers.c.id == bindparam("row_id"))
        columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "row_id"}
        self.connection.execute(statement.values(columns), rows)

    def _add(self, fresh: Sequence[tuple[int, Paper]]) -> None:
        if not fresh:
            return
        # What came late stands at the end of the edition that takes it.
        first = count(self.connection, self.home) if self.closed and self.home else 0
        rows = [
            {
                **paper_values(paper),
                "edition_id": self.home,
                "position": first + position,
                "source": self.day.source,
                "seen_on": self.day.date,
                "listed_upvotes": paper.upvotes,
            }
            for position, paper in fresh
        ]
        self.connection.execute(t.papers.insert(), rows)
        ids = ids_of(self.connection, (paper.key for _, paper in fresh))
        self._count_votes([(ids[paper.key], paper) for _, paper in fresh])
        if self.closed:
            self._recount()
        number = len(fresh)
        self.result += StoreResult(late=number) if self.closed else StoreResult(new=number)

    def _recount(self) -> None:
        """A later edition grew by papers that came late for this one."""
        if self.home is not None:
            self.connection.execute(
                update(t.editions)
                .where(t.editions.c.id == self.home)
                .values(papers=count(self.connection, self.home), changed_at=self.day.fetched_at)
            )

    def _count_votes(self, sightings: Sequence[tuple[int, Paper]]) -> None:
        """One snapshot for each change; a second one of the same instant replaces the first."""
        at = self.day.fetched_at
        rows = [
            {"paper_id": number, "at": at, "upvotes": paper.upvotes}
            for number, paper in sightings
            if paper.upvotes is not None
        ]
        if rows:
            same = (t.votes.c.paper_id == bindparam("paper")) & (t.votes.c.at == at)
            self.connection.execute(
                t.votes.delete().where(same), [{"paper": row["paper_id"]} for row in rows]
            )
            self.connection.execute(t.votes.insert(), rows)

    def _adopt_waiting(self) -> None:
        """What came late for an earlier day of this source stands at the end of this one."""
        waiting = (
            t.papers.c.edition_id.is_(None),
            t.papers.c.source == self.day.source,
            t.papers.c.seen_on < self.day.date,
        )
        query = select(t.papers.c.id).where(*waiting).order_by(t.papers.c.id)
        numbers = self.connection.execute(query).scalars().all()
        position = count(self.connection, self.row.id)
        for offset, number in enumerate(numbers):
            self.connection.execute(
                update(t.papers)
                .where(t.papers.c.id == number)
                .values(edition_id=self.row.id, position=position + offset)
            )


def _values(known: Known) -> dict[str, Any]:
    return {
        **paper_values(known.paper),
        "edition_id": known.edition_id,
        "position": known.position,
        "seen_on": known.seen_on,
        "listed_upvotes": known.listed_upvotes,
    }
