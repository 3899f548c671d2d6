"""Readers in blocks by primary key, as plain rows and arrays of topics: memory stays flat."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Engine, Select, case, select

from digest.publish.part import Part
from digest.publish.readers import SCHEDULED
from subscribers.storage import as_stored
from subscribers.tables import subscriber_topics, subscribers, topics

BLOCK = 10_000
_S, _T = subscribers.c, subscriber_topics.c


class Stored(NamedTuple):
    """A reader's row, its values as the driver gives them."""

    id: int
    email: str
    confirmed_at: Any
    max_papers: int
    near: bool
    also_trending: bool
    template: str
    locale: str
    # From here on equal in readers of whom the same is decided: the `course`.
    status: str
    suppressed: bool
    resting_until: Any
    due_at: Any
    had_number: int
    cadence: str
    weekday: int
    hour: int
    minute: int
    timezone: str
    latest_hour: int | None
    catch_up: bool
    when_nothing: str

    @property
    def course(self) -> tuple[Any, ...]:
        """What is decided by."""
        return self[8:]


#: What a topic of a reader is, in the lowest bits of its number; the others are its id.
EXCLUDED, PAUSED, MUTED, BITS = 1, 2, 4, 3
_LINE: ColumnElement[int] = (
    _T.topic_id * (1 << BITS)
    + case((_T.excluded, EXCLUDED), else_=0)
    + case((_T.paused, PAUSED), else_=0)
    + case((_T.muted_until.is_not(None), MUTED), else_=0)
)


@dataclass(frozen=True, slots=True)
class Block:
    """Some readers with their topics: reader `i` has `topics[starts[i]:starts[i + 1]]`.

    Attributes:
        topics: each topic of a reader, in their order: its id in the store, shifted, and whether
            it is an exclusion, is paused, is muted (perhaps no more).
    """

    readers: list[Stored]
    starts: NDArray[np.int64]
    topics: NDArray[np.int64]


def due_numbers(engine: Engine, now: datetime, part: Part | None = None) -> array[int]:
    """The ids of readers who are due, of all or a part, ascending: four octets each."""
    query = select(_S.id).where(_S.status.in_(SCHEDULED), _S.due_at <= now)
    query = query.where(*part.conditions) if part else query
    return _numbers(engine, query)


def scheduled_numbers(engine: Engine) -> array[int]:
    """The ids of all readers whose days go by, due or not."""
    return _numbers(engine, select(_S.id).where(_S.status.in_(SCHEDULED), _S.due_at.is_not(None)))


def blocks(engine: Engine, numbers: Sequence[int]) -> Iterator[Block]:
    """These readers, block by block; who is gone meanwhile is left out."""
    for start in range(0, len(numbers), BLOCK):
        with engine.connect() as connection:
            yield _block(connection, list(numbers[start : start + BLOCK]))


def texts(engine: Engine) -> dict[int, str]:
    """All topics that the store has, by id."""
    with engine.connect() as connection:
        found = connection.execute(select(topics.c.id, topics.c.text))
        return {row.id: row.text for row in found}


def _numbers(engine: Engine, query: Any) -> array[int]:  # noqa: ANN401  # a select() has no short type
    found: array[int] = array("i")
    with engine.connect() as connection:
        rows = connection.execution_options(yield_per=20_000).execute(query)
        for part in rows.scalars().partitions():
            found.extend(part)
    return array("i", np.sort(np.frombuffer(found, np.int32)).tobytes()) if found else found


def _block(connection: Connection, numbers: Sequence[int]) -> Block:
    columns = (as_stored(_S[name]) for name in Stored._fields)
    query = select(*columns).where(_among(_S.id, numbers)).order_by(_S.id)
    readers = list(map(Stored._make, _plain_rows(connection, query)))
    ids = np.fromiter((reader.id for reader in readers), np.int64, len(readers))
    if not np.array_equal(ids, numbers):  # some are gone meanwhile, or were not asked for
        wanted = set(numbers)
        readers = [reader for reader in readers if reader.id in wanted]
        ids = np.array([reader.id for reader in readers], np.int64)
    asked = select(_T.subscriber_id, _LINE).where(_among(_T.subscriber_id, numbers))
    lines = _plain_rows(connection, asked.order_by(_T.subscriber_id, _T.position))
    flat = np.fromiter(chain.from_iterable(lines), np.int64, 2 * len(lines)).reshape(-1, 2)
    flat = flat[np.isin(flat[:, 0], ids)]
    starts = np.append(np.searchsorted(flat[:, 0], ids), len(flat))
    return Block(readers, starts, flat[:, 1])


def _plain_rows(connection: Connection, query: Select[Any]) -> Sequence[Any]:
    """Rows as the driver makes them: SQLAlchemy's own cost as much again."""
    result = connection.execute(query)
    assert result.cursor is not None  # noqa: S101  # a SELECT has one
    rows = result.cursor.fetchall()
    result.close()
    return rows


def _among(column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """One of these ids; of ids that lie close a range, which costs far less to ask for."""
    if numbers and numbers[-1] - numbers[0] < 2 * len(numbers):
        return column.between(numbers[0], numbers[-1])
    return column.in_(numbers)
