"""Readers in blocks by primary key, as plain rows and arrays of topics: memory stays flat."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Text,
    case,
    cast,
    func,
    select,
)

from digest.publish.part import Part
from digest.publish.readers import SCHEDULED
from subscribers.storage import as_stored
from subscribers.tables import subscriber_topics, subscribers, topics

BLOCK = 10_000
_S, _T = subscribers.c, subscriber_topics.c


class Sort(NamedTuple):
    """What is equal in readers of whom the same is decided, as JSON gives it."""

    template: str
    locale: str
    status: str
    suppressed: bool
    resting_until: str | None
    due_at: str
    had_number: int
    cadence: str
    weekday: int
    hour: int
    minute: int
    timezone: str
    latest_hour: int | None
    catch_up: bool
    when_nothing: str


#: What a topic of a reader is, in the lowest bits of its number; the others are its id.
EXCLUDED, PAUSED, MUTED, BITS = 1, 2, 4, 3
_LINE: ColumnElement[int] = (
    _T.topic_id * (1 << BITS)
    + case((_T.excluded, EXCLUDED), else_=0)
    + case((_T.paused, PAUSED), else_=0)
    + case((_T.muted_until.is_not(None), MUTED), else_=0)
)
_HALF = 32  # bits: a reader's id in the upper half of a number, a topic of theirs in the lower
_WINDOW = 1_000_000  # so many ids are looked through at once


@dataclass(frozen=True, slots=True)
class Block:
    """Some readers, in columns: reader `i` has `topics[starts[i]:starts[i + 1]]`.

    Attributes:
        ids: ascending.
        emails: their addresses.
        agreed: when they confirmed, as the driver gives it.
        most: how many papers each wants at most.
        near: who wants near papers where nothing matches.
        also: who wants other papers listed by title.
        sorts: the values of a `Sort`, as JSON: one text is compared faster than many values.
        topics: each topic of a reader, in their order: its id in the store, shifted, and whether
            it is an exclusion, is paused, is muted (perhaps no more).
    """

    ids: NDArray[np.int64]
    emails: Sequence[str]
    agreed: Sequence[Any]
    most: NDArray[np.int16]
    near: NDArray[np.bool_]
    also: NDArray[np.bool_]
    sorts: Sequence[str]
    starts: NDArray[np.int64]
    topics: NDArray[np.int64]


def due_numbers(engine: Engine, now: datetime, part: Part | None = None) -> array[int]:
    """The ids of readers who are due, of all or a part, ascending: four octets each."""
    conditions = part.conditions if part else []
    return _numbers(engine, _S.status.in_(SCHEDULED), _S.due_at <= now, *conditions)


def scheduled_numbers(engine: Engine) -> array[int]:
    """The ids of all readers whose days go by, due or not."""
    return _numbers(engine, _S.status.in_(SCHEDULED), _S.due_at.is_not(None))


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


def _numbers(engine: Engine, *conditions: ColumnElement[bool]) -> array[int]:
    found: array[int] = array("i")
    with engine.connect() as connection:
        highest = connection.execute(select(func.max(_S.id))).scalar_one() or 0
        for first in range(0, highest + 1, _WINDOW):
            here = _S.id.between(first, first + _WINDOW - 1)
            numbers = _as_array(connection, select(_S.id.label("n")).where(here, *conditions))
            found.frombytes(np.sort(numbers).astype(np.int32).tobytes())
    return found


def _as_array(connection: Connection, query: Select[Any]) -> NDArray[np.int64]:
    """The numbers `n` of a query, in its order: as one text they come in half the time."""
    texts = cast(query.subquery().c.n, Text)
    joined = connection.execute(select(func.aggregate_strings(texts, ","))).scalar_one()
    return np.fromstring(joined or "", np.int64, sep=",")


def _block(connection: Connection, numbers: Sequence[int]) -> Block:
    sort = _json(connection, (_S[name] for name in Sort._fields))
    own = (_S.id, _S.email, as_stored(_S.confirmed_at), _S.max_papers, _S.near, _S.also_trending)
    # Who unsubscribed since the numbers were read is due no more.
    theirs = select(*own, sort).where(_among(_S.id, numbers), _S.due_at.is_not(None))
    rows = _plain_rows(connection, theirs.order_by(_S.id))
    ids = np.fromiter(map(itemgetter(0), rows), np.int64, len(rows))
    if not np.array_equal(ids, numbers):  # some are gone meanwhile, or were not asked for
        wanted = np.isin(ids, numbers)
        rows, ids = list(compress(rows, wanted.tolist())), ids[wanted]
    starts, lines = _lines(connection, numbers, ids)
    _, emails, agreed, most, near, also, sorts = (
        list(map(itemgetter(place), rows)) for place in range(len(own) + 1)
    )
    return Block(
        ids=ids,
        emails=emails,
        agreed=agreed,
        most=np.array(most, np.int16),
        near=np.array(near, np.bool_),
        also=np.array(also, np.bool_),
        sorts=sorts,
        starts=starts,
        topics=lines,
    )


def _lines(
    connection: Connection, numbers: Sequence[int], ids: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the topics of each of these readers begin, and all topics."""
    both = (cast(_T.subscriber_id, BigInteger) * (1 << _HALF) + _LINE).label("n")
    query = select(both).where(_among(_T.subscriber_id, numbers))
    found = _as_array(connection, query.order_by(_T.subscriber_id, _T.position))
    owner, lines = found >> _HALF, found & ((1 << _HALF) - 1)
    asked = np.isin(owner, ids)
    owner, lines = owner[asked], lines[asked]
    return np.append(np.searchsorted(owner, ids), len(owner)), lines


def _json(connection: Connection, columns: Iterable[Column[Any]]) -> ColumnElement[str]:
    """Columns of a row as one text."""
    name = "json_array" if connection.dialect.name == "sqlite" else "json_build_array"
    made: ColumnElement[Any] = getattr(func, name)(*map(as_stored, columns))
    return cast(made, Text)


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
