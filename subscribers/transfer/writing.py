"""All subscribers as CSV (RFC 4180), which an import takes back to the same state.

Everything is told that lies with the person: choices, consent, suppression, bounces. What an
installation counts for itself (ids, which editions were had) is not.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, Row, select

from subscribers import rows
from subscribers.model import Subscriber, SubscriptionStatus
from subscribers.tables import consents, subscribers, suppressions
from subscribers.tokens import Keyring
from subscribers.transfer import cells, choices

_BLOCK = 500
_STANDING = ("created_at", "confirmed_at", "suppressed", "suppressed_at", "suppression")
_BOUNCES = ("soft_bounces", "resting_until")
COLUMNS = (
    "email",
    "status",
    *choices.write(Subscriber(email="")),
    *_STANDING,
    *_BOUNCES,
    "history",
)


def write(
    engine: Engine,
    ring: Keyring,
    file: TextIO,
    *,
    status: SubscriptionStatus | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> int:
    """Writes everybody, or those of a status, as they stand at one moment; returns how many.

    Args:
        engine: of a database with the program's schema.
        ring: its oldest key hashes the addresses of the suppression list.
        file: opened with `newline=""`.
        status: only these.
        done: hears how many were written since.
    """
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    count, after = 0, 0
    if engine.dialect.name == "postgresql":  # SQLite reads one moment by itself
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        while block := _block(connection, after, status):
            for line in _lines(connection, ring, block):
                writer.writerow({name: cells.escaped(cell) for name, cell in line.items()})
            after = block[-1].id
            count += len(block)
            done(len(block))
    return count


def _block(
    connection: Connection, after: int, status: SubscriptionStatus | None
) -> Sequence[Row[Any]]:
    query = select(subscribers).where(subscribers.c.id > after)
    if status is not None:
        query = query.where(subscribers.c.status == status)
    return connection.execute(query.order_by(subscribers.c.id).limit(_BLOCK)).all()


def _lines(
    connection: Connection, ring: Keyring, block: Sequence[Row[Any]]
) -> list[dict[str, str]]:
    readers = rows.with_topics(connection, block)
    barred = _suppressions(connection, ring, block)
    agreed = _histories(connection, [row.id for row in block])
    return [
        {"email": reader.email, "status": reader.status}
        | choices.write(reader)
        | {"created_at": _at(reader.created_at), "confirmed_at": _at(reader.confirmed_at)}
        | _barred(barred.get(row.id))
        | {"soft_bounces": str(row.soft_bounces), "resting_until": _at(row.resting_until)}
        | {"history": json.dumps(agreed[row.id], ensure_ascii=False)}
        for row, reader in zip(block, readers, strict=True)
    ]


def _suppressions(
    connection: Connection, ring: Keyring, block: Sequence[Row[Any]]
) -> dict[int, Row[Any]]:
    keys = {ring.address_hash(row.email_key): row.id for row in block if row.suppressed}
    query = select(suppressions).where(suppressions.c.address_hash.in_(keys))
    return {keys[row.address_hash]: row for row in connection.execute(query)} if keys else {}


def _histories(connection: Connection, numbers: Sequence[int]) -> dict[int, list[list[str]]]:
    found: dict[int, list[list[str]]] = defaultdict(list)
    query = select(consents).where(consents.c.subscriber_id.in_(numbers)).order_by(consents.c.id)
    for row in connection.execute(query):
        line = [row.action, _at(row.at), row.source, row.text_version]
        found[row.subscriber_id].append(line)
    return found


def _barred(row: Row[Any] | None) -> dict[str, str]:
    if row is None:
        return {"suppressed": "", "suppressed_at": "", "suppression": ""}
    return {
        "suppressed": row.reason,
        "suppressed_at": _at(row.at),
        "suppression": row.detail,
    }


def _at(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
