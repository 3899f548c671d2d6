"""Planning for many plain readers, a block at once.

What comes out is what `Planner` plans for each of them alone, by array operations and shared
pieces of text. Everybody else (likes, near papers, no topic, a weekly digest, a day missed, a
topic that is muted or no topic any more) is handed back, to be planned one by one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

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
from digest.occasions import Holding, Settled
from digest.publish import stream
from digest.publish.deciding import IsTaken, Tick
from digest.publish.gathering import Gathering
from digest.publish.group import PLANNED, Group, Ints
from digest.publish.plain import Course, Row, Table, course_of
from digest.publish.planned import Planned
from digest.publish.stream import Block
from subscribers.model import WhenNothing
from subscribers.tables import subscribers


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
        self._texts = stream.texts(engine)
        self._courses = _Courses(tick, taken)
        self._tables: dict[tuple[Settled, ...], Table] = {}

    def make(self, block: Block) -> Made:
        """What a block comes to; nothing is written by it."""
        made = Made()
        groups: dict[Holding, list[int]] = {}
        courses = [self._courses[reader.course] for reader in block.readers]
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
                _among(connection, numbers),
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
        sent = sum(row[5] == PLANNED for row in made.rows)
        planned.deliveries += sent
        planned.nothing += len(made.rows) - sent
        for course in made.moved:
            planned.editions.update(course.holding.editions if course.holding else ())

    def _table(self, holding: Holding) -> Table:
        if holding.editions not in self._tables:
            gathered = self._gathering.of(holding.editions)
            self._tables[holding.editions] = Table(gathered, self._texts, self._row)
        return self._tables[holding.editions]

    def _make(
        self, holding: Holding, places: Ints, block: Block, courses: list[Course], made: Made
    ) -> None:
        table = self._table(holding)
        packer, group = table.packer(holding), Group(table, places, block)
        plain, texts = group.plain.tolist(), group.texts(group.picked())
        for at, (place, told) in enumerate(zip(places.tolist(), texts, strict=True)):
            reader, course = block.readers[place], courses[place]
            model = table.model(reader, course, self._tick) if plain[at] else None
            empty = not told.papers and reader.when_nothing in _SOMETHING_ELSE
            if model is None or empty or table.likes_of(reader.id) is not None:
                made.rest.append(reader.id)
                continue
            made.rows.append(group.row(at, reader, model, packer, told))
            made.moved.setdefault(course, []).append(reader.id)


class _Courses(dict[tuple[Any, ...], Course]):
    """What is decided, by what it is decided by; each is decided when it is first asked for."""

    def __init__(self, tick: Tick, taken: IsTaken) -> None:
        super().__init__()
        self._tick, self._taken = tick, taken

    def __missing__(self, stored: tuple[Any, ...]) -> Course:
        course = self[stored] = course_of(stored, self._tick, self._taken)
        return course


def _among(connection: Connection, numbers: list[int]) -> ColumnElement[bool]:
    """One of these readers, handed over as one value: thousands take long to bind."""
    if connection.dialect.name == "sqlite":
        those = text("subscribers.id IN (SELECT value FROM json_each(:numbers))")
        return those.bindparams(numbers=json.dumps(numbers))  # type: ignore[return-value]  # a text is a condition
    return subscribers.c.id == any_(literal(numbers, ARRAY(Integer)))


#: What these readers get where nothing matches is chosen one by one.
_SOMETHING_ELSE = (WhenNothing.NEAR.value, WhenNothing.TOP.value)
