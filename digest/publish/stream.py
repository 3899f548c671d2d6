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
from sqlalchemy import ColumnElement, Connection, Engine, Row, select

from digest.publish.part import Part
from digest.publish.readers import SCHEDULED
from subscribers.storage import as_stored
from subscribers.tables import subscriber_topics, subscribers, topics

BLOCK = 5000
_S, _T = subscribers.c, subscriber_topics.c
#: Equal in readers of whom the same is decided.
COURSE = (
    "status", "suppressed", "resting_until", "due_at", "had_number", "cadence", "weekday", "hour",
    "minute", "timezone", "latest_hour", "catch_up", "when_nothing",
)  # fmt: skip
_OWN = (
    "id", "email", "confirmed_at", "max_papers", "near", "also_trending", "template", "locale",
)  # fmt: skip


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
    course: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Some readers with their topics: reader `i` has `topics[starts[i]:starts[i + 1]]`.

    Attributes:
        topics: for each topic of a reader, in their order: its id in the store, whether it is an
            exclusion, whether it is paused, whether it is muted (perhaps no more).
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
    columns = (as_stored(_S[name]) for name in (*_OWN, *COURSE))
    query = select(*columns).where(_among(_S.id, numbers)).order_by(_S.id)
    wanted = set(numbers)
    rows: Sequence[Row[Any]] = [row for row in connection.execute(query) if row[0] in wanted]
    own = len(_OWN)
    readers = [Stored._make((*row[:own], tuple(row[own:]))) for row in rows]
    asked = select(
        _T.subscriber_id, _T.topic_id, _T.excluded, _T.paused, _T.muted_until.is_not(None)
    )
    asked = asked.where(_among(_T.subscriber_id, numbers)).order_by(_T.subscriber_id, _T.position)
    lines = connection.execute(asked).all()
    flat = np.fromiter(chain.from_iterable(lines), np.int64, 5 * len(lines)).reshape(-1, 5)
    ids = np.array([reader.id for reader in readers], np.int64)
    flat = flat[np.isin(flat[:, 0], ids)]  # some are not asked for, or gone meanwhile
    starts = np.append(np.searchsorted(flat[:, 0], ids), len(flat))
    return Block(readers, starts, flat[:, 1:])


def _among(column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """One of these ids; of ids that lie close a range, which costs far less to ask for."""
    if numbers and numbers[-1] - numbers[0] < 2 * len(numbers):
        return column.between(numbers[0], numbers[-1])
    return column.in_(numbers)
