"""What the operator keeps back: domains on hold, whose deliveries no claim hands out.

A delivery that is held has no next attempt, so it costs a claim nothing; one that is planned
for a domain on hold is put aside by the claim that meets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, Text, select, update

from digest.delivery.tables import deliveries, metadata
from digest.model import DeliveryState
from subscribers.storage import UtcDateTime

EVERYWHERE = "*"

holds = Table(
    "holds",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Hold:
    """A recipient domain whose deliveries wait until the operator releases them.

    Attributes:
        domain: in lower case; `*` is every domain.
        at: since when, in UTC.
        why: in the operator's words.
    """

    domain: str
    at: datetime
    why: str


def standing_holds(connection: Connection) -> dict[str, Hold]:
    """All holds, by domain."""
    found = connection.execute(select(holds).order_by(holds.c.domain))
    return {row.domain: Hold(row.domain, row.at, row.why) for row in found}


def keep_back(connection: Connection, claimed: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Puts claimed rows of domains on hold aside, as never claimed; returns the others."""
    on_hold = set(connection.execute(select(holds.c.domain)).scalars())
    if not on_hold:
        return list(claimed)
    held = [row.id for row in claimed if EVERYWHERE in on_hold or row.domain in on_hold]
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(held))
        .values(
            state=DeliveryState.HELD,
            attempts=deliveries.c.attempts - 1,
            next_attempt_at=None,
            owner="",
        )
    )
    kept_aside = set(held)
    return [row for row in claimed if row.id not in kept_aside]
