"""What the operator keeps back: domains on hold, whose deliveries no claim hands out.

A delivery that is held has no next attempt, so it costs a claim nothing; one that is planned
for a domain on hold is put aside by the claim that meets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Table, Text, select, update

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


def put_aside(connection: Connection, claimed: Mapping[int, str]) -> set[int]:
    """Puts claimed rows of domains on hold aside, as never claimed.

    Args:
        connection: of the claim's transaction.
        claimed: recipient domains by the delivery's id.

    Returns:
        The ids of those that were put aside.
    """
    on_hold = set(connection.execute(select(holds.c.domain)).scalars())
    held = {
        number
        for number, domain in (claimed.items() if on_hold else ())
        if EVERYWHERE in on_hold or domain in on_hold
    }
    if held:
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
    return held
