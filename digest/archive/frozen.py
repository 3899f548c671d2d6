"""Copies of papers that never change, known by a hash of what they hold."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence

from sqlalchemy import Connection, select

from digest.archive import tables as t
from digest.archive.queries import lock
from digest.archive.records import dumps, from_record, to_record
from digest.errors import UnknownFrozenCopy
from digest.model import Paper


def freeze(connection: Connection, papers: Sequence[Paper]) -> int:
    """The number of the copy of these papers, which is made where there is none."""
    content = dumps([to_record(paper) for paper in papers]).encode()
    fingerprint = hashlib.sha256(content).hexdigest()
    lock(connection, t.frozen)
    query = select(t.frozen.c.id).where(t.frozen.c.content_hash == fingerprint)
    known: int | None = connection.execute(query).scalar_one_or_none()
    if known is not None:
        return known
    statement = t.frozen.insert().values(content_hash=fingerprint, content=zlib.compress(content))
    number: int = connection.execute(statement.returning(t.frozen.c.id)).scalar_one()
    return number


def thaw(connection: Connection, number: int) -> tuple[Paper, ...]:
    """The papers of a copy, as they were."""
    query = select(t.frozen.c.content).where(t.frozen.c.id == number)
    content: bytes | None = connection.execute(query).scalar_one_or_none()
    if content is None:
        raise UnknownFrozenCopy(number=number)
    return tuple(from_record(record) for record in json.loads(zlib.decompress(content)))
