"""Planning for many plain readers, a block at once.

What comes out is what `Planner` plans for each of them alone, by array operations and shared
pieces of text. Everybody else (likes, near papers, no topic, a weekly digest, a day missed, a
topic that is muted or no topic any more) is handed back, to be planned one by one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    any_,
    literal,
    text,
    update,
)

from digest.delivery import Outbox
from digest.delivery.alike import Alike, Stands
from digest.occasions import Holding, Settled
from digest.publish import stream
from digest.publish.deciding import IsTaken, Tick
from digest.publish.gathering import Gathering
from digest.publish.group import Group
from digest.publish.joining import Ints
from digest.publish.plain import Course, Row, Table, course_of
from digest.publish.planned import Planned
from digest.publish.stream import Block
from subscribers.tables import subscribers


class Changed(Exception):
    """A reader changed, or has a delivery of this occasion: the block is planned one by one."""


@dataclass(slots=True)
class Made:
    """What a block came to.

    Attributes:
        alike: new deliveries.
        moved: the readers that each course moves on.
        rest: ids of those who are planned one by one.
    """

    alike: list[Alike] = field(default_factory=list)
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
        self._texts = stream.texts(engine)
        self._courses = _Courses(tick, taken)
        self._tables: dict[tuple[Settled, ...], Table] = {}

    def make(self, block: Block) -> Made:
        """What a block comes to; nothing is written by it."""
        made = Made()
        courses = self._courses.numbers(block.sorts)
        groups: dict[Holding, list[Ints]] = {}
        for number in np.unique(courses).tolist():
            course, places = self._courses.all[number], np.flatnonzero(courses == number)
            if course.holding is None:
                made.rest += block.ids[places].tolist() if course.taken else []
            else:
                groups.setdefault(course.holding, []).append(places)
        for holding, some in groups.items():
            self._make(holding, np.sort(np.concatenate(some)), block, courses, made)
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
                _among(connection, numbers),
                c.due_at == its.due.due_at,
                c.had_number == its.due.had,
                c.status == its.due.reader.status,
                c.suppressed.is_(False),
            )
            moved = connection.execute(statement.values(due_at=its.due_at, had_number=its.had))
            if moved.rowcount != len(numbers):
                raise Changed
        try:
            self._outbox.write_alike(made.alike, connection)
        except Stands as error:
            raise Changed from error

    def count(self, made: Made, planned: Planned) -> None:
        """Adds what was written to what planning came to."""
        for its in made.alike:
            planned.deliveries += len(its.own) if its.shared.next_attempt_at else 0
            planned.nothing += 0 if its.shared.next_attempt_at else len(its.own)
        for course in made.moved:
            planned.editions.update(course.holding.editions if course.holding else ())

    def _table(self, holding: Holding) -> Table:
        if holding.editions not in self._tables:
            gathered = self._gathering.of(holding.editions)
            self._tables[holding.editions] = Table(gathered, self._texts, self._row)
        return self._tables[holding.editions]

    def _make(
        self, holding: Holding, places: Ints, block: Block, courses: Ints, made: Made
    ) -> None:
        table, ids = self._table(holding), block.ids[places]
        group, courses = Group(table, places, block), courses[places]
        picked = group.picked()
        likes = np.fromiter((table.likes_of(n) is not None for n in ids.tolist()), np.bool_)
        plain, some = group.plain & ~block.near[places] & ~likes, picked.counts > 0
        for number in np.unique(courses).tolist():
            course, its = self._courses.all[number], courses == number
            model = table.model(course, self._tick)
            fine = plain & its & (some | course.patient) if model else np.zeros_like(its)
            made.rest += ids[its & ~fine].tolist()
            if model is None or not fine.any():
                continue
            made.moved[course] = ids[fine].tolist()
            for shared, those in ((model.planned, fine & some), (model.skipped, fine & ~some)):
                if those.any():
                    at, packer = np.flatnonzero(those), table.packer(holding)
                    made.alike.append(group.alike(at, shared, model.style, packer, picked))


class _Courses(dict[str, int]):
    """The number of each course by what it is decided by; decided when it is first asked for.

    Attributes:
        all: the courses, by number.
    """

    def __init__(self, tick: Tick, taken: IsTaken) -> None:
        super().__init__()
        self._tick, self._taken = tick, taken
        self.all: list[Course] = []

    def __missing__(self, sort: str) -> int:
        number = self[sort] = len(self.all)
        self.all.append(course_of(sort, self._tick, self._taken))
        return number

    def numbers(self, sorts: Sequence[str]) -> Ints:
        """The course of each."""
        return np.fromiter(map(self.__getitem__, sorts), np.int64, len(sorts))


def _among(connection: Connection, numbers: list[int]) -> ColumnElement[bool]:
    """One of these readers, handed over as one value: thousands take long to bind."""
    if connection.dialect.name == "sqlite":
        those = text("subscribers.id IN (SELECT value FROM json_each(:numbers))")
        return those.bindparams(numbers=json.dumps(numbers))  # type: ignore[return-value]  # a text is a condition
    return subscribers.c.id == any_(literal(numbers, ARRAY(Integer)))
