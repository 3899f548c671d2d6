"""One answer of a source goes into the archive, inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select, update

from digest import editions as decide
from digest.archive import tables as t
from digest.archive.rows import paper_of, paper_values, standing_of, standing_values
from digest.archive.values import StoreResult
from digest.identity import title_hash
from digest.model import DayState, EditionState, Paper, SourceDay

CHUNK = 400  # bound parameters of one query: below every database's limit


@dataclass(slots=True)
class _Known:
    """A paper of the archive, as it is found again."""

    id: int
    edition_id: int | None
    position: int
    listed_upvotes: int | None
    paper: Paper


@dataclass(slots=True)
class Ingest:
    """Stores one answer; `run` says what became of it."""

    connection: Connection
    day: SourceDay
    result: StoreResult = field(default_factory=StoreResult)
    known: dict[str, _Known] = field(default_factory=dict)

    def run(self) -> StoreResult:
        """Papers first, then the standing of their edition, which counts them."""
        row = self._edition_row()
        before = standing_of(row) if row else None
        if row is None:
            row = self._open_edition()
        if self.day.state is not DayState.STALE:
            self._take_papers(row, closed=before is not None and before.settled_at is not None)
        total = self._count(row.id)
        after = decide.after_answer(before, self.day, total=total)
        self._write_standing(row.id, after)
        problems = (f"{self.day.source} {self.day.date}: {after.problem}",) if after.problem else ()
        changed = before is None or _visible(before) != _visible(after)
        return self.result + StoreResult(editions=int(changed), problems=problems)

    def _edition_row(self) -> Row[Any] | None:
        return self.connection.execute(
            select(t.editions).where(
                t.editions.c.source == self.day.source, t.editions.c.date == self.day.date
            )
        ).one_or_none()

    def _open_edition(self) -> Row[Any]:
        opened = decide.Standing(state=EditionState.FILLING, opened_at=self.day.fetched_at)
        values = standing_values(opened)
        self.connection.execute(
            t.editions.insert().values(source=self.day.source, date=self.day.date, **values)
        )
        row = self._edition_row()
        assert row is not None  # noqa: S101  # written one statement ago
        return row

    def _count(self, edition_id: int) -> int:
        query = select(func.count()).where(t.papers.c.edition_id == edition_id)
        return self.connection.execute(query).scalar_one()

    def _write_standing(self, edition_id: int, standing: decide.Standing) -> None:
        self.connection.execute(
            update(t.editions)
            .where(t.editions.c.id == edition_id)
            .values(**standing_values(standing))
        )

    def _take_papers(self, row: Row[Any], *, closed: bool) -> None:
        seen = decide.distinct(self.day.papers)
        self.known = self._find(seen)
        home = self._next_open(row) if closed else row.id
        fresh: list[tuple[int, Paper]] = []
        for position, paper in enumerate(seen):
            known = self._match(paper)
            if known is None:
                fresh.append((position, paper))
            else:
                self._see_again(known, paper, position, row.id, home)
        self._add(fresh, home, late=closed)
        if not closed and seen:
            self._adopt_waiting(row.id)

    def _find(self, papers: Iterable[Paper]) -> dict[str, _Known]:
        """What the archive may know of these: by key, by a key they had, by title."""
        found: dict[str, _Known] = {}
        papers = list(papers)
        for start in range(0, len(papers), CHUNK):
            block = papers[start : start + CHUNK]
            keys = [paper.key for paper in block]
            hashes = [title_hash(paper.title) for paper in block]
            old = select(t.aliases.c.paper_id).where(t.aliases.c.key.in_(keys))
            query = select(t.papers).where(
                or_(
                    t.papers.c.key.in_(keys),
                    t.papers.c.title_hash.in_(hashes),
                    t.papers.c.id.in_(old),
                )
            )
            for row in self.connection.execute(query):
                known = _Known(
                    row.id, row.edition_id, row.position, row.listed_upvotes, paper_of(row)
                )
                found[row.key] = known
                found.setdefault(f"#{row.title_hash}", known)
            by_id = {known.id: known for known in found.values()}
            renamed = select(t.aliases).where(t.aliases.c.key.in_(keys))
            for row in self.connection.execute(renamed):
                found[row.key] = by_id[row.paper_id]
        return found

    def _match(self, paper: Paper) -> _Known | None:
        if known := self.known.get(paper.key):
            return known
        titled = self.known.get(f"#{title_hash(paper.title)}")
        return titled if titled and decide.same_paper(titled.paper, paper) else None

    def _see_again(
        self, known: _Known, paper: Paper, position: int, here: int, home: int | None
    ) -> None:
        filling = known.edition_id == here == home
        if known.edition_id is None and home is not None:
            filling, known.edition_id = True, home
        elif not filling:
            self._come_back(known, paper, home)
        merged = decide.merge(known.paper, paper)
        changed = merged != known.paper
        if filling:
            known.position, known.listed_upvotes = position, merged.upvotes
        self._rename(known, merged)
        self._write(known, merged)
        self._count_votes([(known.id, known.paper.upvotes, merged)])
        known.paper = merged
        self.result += StoreResult(updated=int(changed), unchanged=int(not changed))

    def _come_back(self, known: _Known, paper: Paper, home: int | None) -> None:
        """A return is noted in an edition that is still open, else at the next occasion."""
        reason = decide.return_reason(known.paper, paper, known.listed_upvotes)
        if not reason or home is None or home == known.edition_id:
            return
        self.connection.execute(
            t.returns.insert().values(edition_id=home, paper_id=known.id, reason=reason)
        )
        known.listed_upvotes = paper.upvotes
        self.result += StoreResult(returned=1)

    def _rename(self, known: _Known, merged: Paper) -> None:
        if merged.key != known.paper.key:
            self.connection.execute(
                t.aliases.insert().values(key=known.paper.key, paper_id=known.id)
            )

    def _write(self, known: _Known, paper: Paper) -> None:
        self.connection.execute(
            update(t.papers)
            .where(t.papers.c.id == known.id)
            .values(
                edition_id=known.edition_id,
                position=known.position,
                listed_upvotes=known.listed_upvotes,
                **paper_values(paper),
            )
        )

    def _add(self, fresh: list[tuple[int, Paper]], home: int | None, *, late: bool) -> None:
        if not fresh:
            return
        after = self._count(home) if late and home is not None else 0
        rows = [
            {
                **paper_values(paper),
                "edition_id": home,
                "position": after + position,
                "source": self.day.source,
                "seen_on": self.day.date,
                "listed_upvotes": paper.upvotes,
            }
            for position, paper in fresh
        ]
        self.connection.execute(t.papers.insert(), rows)
        self._count_votes_of_new([paper for _, paper in fresh])
        if late:
            self.result += StoreResult(late=len(fresh))
            self._recount(home)
        else:
            self.result += StoreResult(new=len(fresh))

    def _recount(self, edition_id: int | None) -> None:
        """A later edition grew by papers that came late for this one."""
        if edition_id is None:
            return
        self.connection.execute(
            update(t.editions)
            .where(t.editions.c.id == edition_id)
            .values(papers=self._count(edition_id), changed_at=self.day.fetched_at)
        )

    def _count_votes_of_new(self, papers: list[Paper]) -> None:
        voted = [paper for paper in papers if paper.upvotes is not None]
        ids: dict[str, int] = {}
        for start in range(0, len(voted), CHUNK):
            keys = [paper.key for paper in voted[start : start + CHUNK]]
            query = select(t.papers.c.key, t.papers.c.id).where(t.papers.c.key.in_(keys))
            ids.update({row.key: row.id for row in self.connection.execute(query)})
        self._count_votes([(ids[paper.key], None, paper) for paper in voted])

    def _count_votes(self, sightings: Iterable[tuple[int, int | None, Paper]]) -> None:
        """One snapshot for each change of votes."""
        rows = [
            {"paper_id": number, "at": self.day.fetched_at, "upvotes": paper.upvotes}
            for number, before, paper in sightings
            if paper.upvotes is not None and paper.upvotes != before
        ]
        if not rows:
            return
        same = (t.votes.c.paper_id == bindparam("p")) & (t.votes.c.at == bindparam("a"))
        self.connection.execute(
            t.votes.delete().where(same), [{"p": r["paper_id"], "a": r["at"]} for r in rows]
        )
        self.connection.execute(t.votes.insert(), rows)

    def _next_open(self, row: Row[Any]) -> int | None:
        """The next edition of the same source that has papers and is not closed."""
        return self.connection.execute(
            select(t.editions.c.id)
            .where(
                t.editions.c.source == self.day.source,
                t.editions.c.date > row.date,
                t.editions.c.state == EditionState.FILLING.value,
                t.editions.c.papers > 0,
            )
            .order_by(t.editions.c.date)
            .limit(1)
        ).scalar_one_or_none()

    def _adopt_waiting(self, edition_id: int) -> None:
        """What came late for an earlier day of this source stands at the end of this one."""
        waiting = (
            t.papers.c.edition_id.is_(None),
            t.papers.c.source == self.day.source,
            t.papers.c.seen_on < self.day.date,
        )
        ids = select(t.papers.c.id).where(*waiting).order_by(t.papers.c.id)
        position = self._count(edition_id)
        for number in self.connection.execute(ids).scalars().all():
            self.connection.execute(
                update(t.papers)
                .where(t.papers.c.id == number)
                .values(edition_id=edition_id, position=position)
            )
            position += 1


def store_day(connection: Connection, day: SourceDay) -> StoreResult:
    """Stores one answer of a source."""
    return Ingest(connection, day).run()


def _visible(standing: decide.Standing) -> decide.Standing:
    """A standing without the instants that every pull changes."""
    return replace(standing, fetched_at=None)
