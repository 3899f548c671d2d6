"""Planning for many plain readers, a block at once.

What comes out is what `Planner` plans for each of them alone, by array operations and shared
pieces of text. Everybody else (likes, near papers, no topic, a weekly digest, a day missed, a
topic that is muted or no topic any more) is handed back, to be planned one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, update

from digest.delivery import Outbox
from digest.model import DeliveryState
from digest.occasions import Holding, Settled
from digest.publish import stream
from digest.publish.deciding import IsTaken, Tick
from digest.publish.gathering import Gathering
from digest.publish.pieces import PLACES, key_of
from digest.publish.plain import Course, Row, Table, course_of
from digest.publish.planned import Planned
from digest.publish.prepare import nothing_of
from digest.publish.stream import Block, Stored
from digest.selection.many import Readers
from subscribers.model import WhenNothing
from subscribers.tables import subscribers

_PLANNED, _SKIPPED = DeliveryState.PLANNED.value, DeliveryState.SKIPPED.value
Ints = NDArray[np.int64]


class Changed(Exception):
    """A reader changed, or has a delivery of this occasion: the block is planned one by one."""


@dataclass(slots=True)
class Made:
    """What a block came to.

    Attributes:
        rows: new rows of the outbox, as `values_of` gives them.
        moved: the readers that each course moves on.
        rest: ids of those who are planned one by one.
    """

    rows: list[list[object]] = field(default_factory=list)
    moved: dict[Course, list[int]] = field(default_factory=dict)
    rest: list[int] = field(default_factory=list)


class Crowds:
    """Plans for plain readers of one moment.

    Args:
        outbox: takes the rows.
        row: makes the outbox row of a digest.
        taken: whether a reader is taken at this moment.
    """

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        gathering: Gathering,
        tick: Tick,
        *,
        row: Row,
        taken: IsTaken,
    ) -> None:
        self._outbox = outbox
        self._gathering = gathering
        self._tick = tick
        self._row = row
        self._taken = taken
        self._texts = stream.texts(engine)
        self._courses: dict[tuple[Any, ...], Course] = {}
        self._tables: dict[tuple[Settled, ...], Table] = {}

    def make(self, block: Block) -> Made:
        """What a block comes to; nothing is written by it."""
        made = Made()
        groups: dict[Holding, list[int]] = {}
        courses = [self._course(reader) for reader in block.readers]
        for at, (reader, course) in enumerate(zip(block.readers, courses, strict=True)):
            if course.holding is not None and not reader.near:
                groups.setdefault(course.holding, []).append(at)
            elif course.taken:
                made.rest.append(reader.id)
        for holding, places in groups.items():
            self._make(holding, np.array(places), block, courses, made)
        return made

    def write(self, connection: Connection, made: Made) -> None:
        """Enqueues and moves the readers on, within the caller's transaction.

        Raises:
            Changed: nothing may be committed.
        """
        c = subscribers.c
        for course, numbers in made.moved.items():
            its = course.decision
            statement = update(subscribers).where(
                c.id.in_(numbers),
                c.due_at == its.due.due_at,
                c.had_number == its.due.had,
                c.status == its.due.reader.status,
                c.suppressed.is_(False),
            )
            moved = connection.execute(statement.values(due_at=its.due_at, had_number=its.had))
            if moved.rowcount != len(numbers):
                raise Changed
        if made.rows and self._outbox.write(made.rows, connection) != len(made.rows):
            raise Changed

    def count(self, made: Made, planned: Planned) -> None:
        """Adds what was written to what planning came to."""
        sent = sum(row[5] == _PLANNED for row in made.rows)
        planned.deliveries += sent
        planned.nothing += len(made.rows) - sent
        for course in made.moved:
            planned.editions.update(course.holding.editions if course.holding else ())

    def _course(self, reader: Stored) -> Course:
        known = self._courses.get(reader.course)
        if known is None:
            known = course_of(reader.course, self._tick, self._taken)
            self._courses[reader.course] = known
        return known

    def _table(self, holding: Holding) -> Table:
        if holding.editions not in self._tables:
            gathered = self._gathering.of(holding.editions)
            self._tables[holding.editions] = Table(gathered, self._texts, self._row)
        return self._tables[holding.editions]

    def _make(
        self, holding: Holding, places: Ints, block: Block, courses: list[Course], made: Made
    ) -> None:
        table = self._table(holding)
        group = _Group(table, places, block)
        for at, (place, chosen) in enumerate(zip(places.tolist(), group.chosen(), strict=True)):
            reader, course = block.readers[place], courses[place]
            model = table.model(reader, course, self._tick) if group.plain[at] else None
            empty = not chosen and reader.course[-1] in _SOMETHING_ELSE
            if model is None or empty or table.likes_of(reader.id) is not None:
                made.rest.append(reader.id)
                continue
            made.rows.append(group.row(at, reader, course, holding, chosen, model))
            made.moved.setdefault(course, []).append(reader.id)


#: What these readers get where nothing matches is chosen one by one.
_SOMETHING_ELSE = (WhenNothing.NEAR.value, WhenNothing.TOP.value)


_NOTHING: frozenset[int] = frozenset()


class _Group:
    """The readers of a block who get the same editions, with their topics by number."""

    def __init__(self, table: Table, places: Ints, block: Block) -> None:
        starts, ends = block.starts[places], block.starts[places + 1]
        lengths = ends - starts
        self._starts = np.append(0, np.cumsum(lengths))
        owner = np.repeat(np.arange(len(places)), lengths)
        self._place = np.arange(len(owner)) - self._starts[owner]
        lines = block.topics[self._place + starts[owner]]
        ids, excluded, paused, muted = lines.T
        self._number = table.number[ids] if len(ids) else ids
        self._active = paused == 0
        self._excluded = excluded == 1
        self._owner, self._table = owner, table
        self._most = np.array([block.readers[at].max_papers for at in places.tolist()], np.int16)
        self._packed = (4 * ids + 2 * paused + excluded).tolist()
        wanted = np.bincount(owner[~self._excluded], minlength=len(places))
        odd = np.bincount(owner, (muted == 1) | (self._number < 0), minlength=len(places))
        vetoes = owner[self._excluded & self._active]
        self._vetoing = (np.bincount(vetoes, minlength=len(places)) > 0).tolist()
        self._headings = (wanted > 1).tolist()
        self.plain = (wanted > 0) & (odd == 0) & (lengths < PLACES) & ~self._twice(ids, len(places))

    def _twice(self, ids: Ints, count: int) -> NDArray[np.bool_]:
        """Who asks for one topic twice: which of them chose a paper is told by its text."""
        keys, first = np.unique(self._owner * (ids.max(initial=0) + 1) + ids, return_index=True)
        again = np.ones(len(ids), np.bool_)
        again[first] = False
        del keys
        return np.bincount(self._owner[again], minlength=count) > 0

    def chosen(self) -> list[list[tuple[int, int]]]:
        """For each reader the papers they get, and the key of each one's piece."""
        usable = np.flatnonzero(self._active & self.plain[self._owner])
        owners = self._owner[usable]
        starts = np.searchsorted(owners, np.arange(len(self.plain) + 1))
        numbers, excluded = self._number[usable], self._excluded[usable]
        readers = Readers(starts, numbers.astype(np.int32), excluded, self._most)
        chosen = self._table.crowd.choose(readers)
        lines = usable[chosen.rows] if len(usable) else np.zeros_like(chosen.rows)
        papers = chosen.papers.astype(np.int64)
        topics = self._number[lines] if len(usable) else lines
        places = self._place[lines] if len(usable) else lines
        keys = key_of(papers, topics, places, self._table.count)
        counts = chosen.counts.tolist()
        return [
            list(zip(own[:n], key[:n], strict=True))
            for own, key, n in zip(papers.tolist(), keys.tolist(), counts, strict=True)
        ]

    def row(
        self,
        at: int,
        reader: Stored,
        course: Course,
        holding: Holding,
        chosen: list[tuple[int, int]],
        model: list[object],
    ) -> list[object]:
        """The reader's row of the outbox."""
        table, first, after = self._table, int(self._starts[at]), int(self._starts[at + 1])
        vetoed = _NOTHING
        if self._vetoing[at]:
            vetoed = table.crowd.vetoed(self._vetoes(first, after))
        headings = self._headings[at]
        entries = ",".join([table.entries[key + headings] for _, key in chosen])
        shown = {paper for paper, _ in chosen}
        also = table.crowd.also(shown, vetoed) if chosen and reader.also_trending else ()
        topics = ",".join([table.topics[key] for key in self._packed[first:after]])
        schedule = course.decision.due.reader.schedule
        packed = table.packer(holding).pack(reader, schedule, topics, entries, table.placed(also))
        row = model.copy()
        row[0], row[3], row[4] = reader.id, reader.email, reader.email.rpartition("@")[2].lower()
        row[11] = packed
        if chosen:
            row[5], row[9], row[15] = _PLANNED, row[7], ""
        else:
            near = table.crowd.nearest(self._wanted(first, after), vetoed)
            row[5], row[9] = _SKIPPED, None
            row[15] = nothing_of(table.count, near.title if near else "")
        return row

    def _vetoes(self, first: int, after: int) -> list[int]:
        cut = slice(first, after)
        numbers: list[int] = self._number[cut][self._excluded[cut] & self._active[cut]].tolist()
        return numbers

    def _wanted(self, first: int, after: int) -> list[int]:
        cut = slice(first, after)
        numbers: list[int] = self._number[cut][~self._excluded[cut] & self._active[cut]].tolist()
        return numbers
