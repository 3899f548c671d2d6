"""Planning for many plain readers, a block at once.

What comes out is what `Planner` plans for each of them alone, by array operations and shared
pieces of text. Everybody else (likes, near papers, no topic, a weekly digest, a day missed, a
topic that is muted or no topic any more) is handed back, to be planned one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
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
from digest.delivery.alike import Alike, Shared, Stands
from digest.occasions import Holding, Settled
from digest.publish import stream
from digest.publish.deciding import IsTaken, Tick
from digest.publish.gathering import Gathering
from digest.publish.group import Group
from digest.publish.joining import Ints
from digest.publish.plain import Course, Model, Move, Row, Table, course_of
from digest.publish.planned import Planned
from digest.publish.stream import Block
from subscribers.model import SubscriptionStatus
from subscribers.tables import subscribers


class Changed(Exception):
    """A reader changed, or has a delivery of this occasion: the block is planned one by one."""


@dataclass(slots=True)
class Made:
    """What a block came to.

    Attributes:
        alike: new deliveries.
        moved: ids of those who are moved on alike.
        editions: what they get is chosen from these.
        rest: ids of those who are planned one by one.
    """

    alike: list[Alike] = field(default_factory=list)
    moved: dict[Move, list[int]] = field(default_factory=dict)
    editions: set[Settled] = field(default_factory=set)
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
        for its, numbers in made.moved.items():
            statement = update(subscribers).where(
                _among(connection, numbers),
                c.due_at == its.due_at,
                c.had_number == its.had,
                c.status == SubscriptionStatus.CONFIRMED,
                c.suppressed.is_(False),
            )
            moved = connection.execute(
                statement.values(due_at=its.next_at, had_number=its.next_had)
            )
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
        planned.editions.update(made.editions)

    def _table(self, holding: Holding) -> Table:
        if holding.editions not in self._tables:
            gathered = self._gathering.of(holding.editions)
            self._tables[holding.editions] = Table(gathered, self._texts, self._row)
        return self._tables[holding.editions]

    def _make(
        self, holding: Holding, places: Ints, block: Block, courses: Ints, made: Made
    ) -> None:
        table, ids, courses = self._table(holding), block.ids[places], courses[places]
        group = Group(table, places, block)
        picked = group.picked()
        models, some = self._models(table, courses), picked.counts > 0
        fine = group.plain & ~block.near[places] & ~_liking(table, ids)
        fine &= (some | self._courses.patient(courses)) & np.isin(courses, list(models))
        made.rest += ids[~fine].tolist()
        for number in np.unique(courses[fine]).tolist():
            moved = made.moved.setdefault(self._courses.all[number].move, [])
            moved += ids[fine & (courses == number)].tolist()
            made.editions.update(holding.editions)
        for shared, at in _alike(models, courses, fine, some):
            styles = [models[number].style for number in courses[at].tolist()]
            made.alike.append(group.alike(at, shared, table.packer(holding), styles, picked))

    def _models(self, table: Table, courses: Ints) -> dict[int, Model]:
        """The model of each course; none where a template is broken."""
        all_ = self._courses.all
        found = {n: table.model(all_[n], self._tick) for n in np.unique(courses).tolist()}
        return {number: model for number, model in found.items() if model is not None}


def _liking(table: Table, ids: Ints) -> NDArray[np.bool_]:
    """Which readers gave likes."""
    return np.fromiter((table.likes_of(number) is not None for number in ids.tolist()), np.bool_)


def _alike(
    models: dict[int, Model], courses: Ints, fine: NDArray[np.bool_], some: NDArray[np.bool_]
) -> Iterator[tuple[Shared, Ints]]:
    """What deliveries share, with the places of their readers: of many courses the same."""
    found: dict[Shared, list[Ints]] = {}
    for number, model in models.items():
        its = fine & (courses == number)
        for shared, those in ((model.planned, its & some), (model.skipped, its & ~some)):
            found.setdefault(shared, []).append(np.flatnonzero(those))
    for shared, places in found.items():
        if len(at := np.sort(np.concatenate(places))):
            yield shared, at


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

    def patient(self, courses: Ints) -> NDArray[np.bool_]:
        """Whose readers get nothing where nothing matches."""
        return np.array([course.patient for course in self.all], np.bool_)[courses]


def _among(connection: Connection, numbers: list[int]) -> ColumnElement[bool]:
    """One of these readers, handed over as one value: thousands take long to bind."""
    if connection.dialect.name == "sqlite":
        those = text("subscribers.id IN (SELECT value FROM json_each(:numbers))")
        return those.bindparams(numbers=json.dumps(numbers))  # type: ignore[return-value]  # a text is a condition
    return subscribers.c.id == any_(literal(numbers, ARRAY(Integer)))
