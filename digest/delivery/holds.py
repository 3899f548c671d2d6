"""What the operator keeps back: domains on hold, whose deliveries no claim hands out.

A delivery that is held has no next attempt, so it costs a claim nothing; one that is planned
for a domain on hold is put aside by the claim that meets it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Table, Text, select, update

from digest.delivery.tables import deliveries, metadata
from digest.delivery.taking import Taken
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
        domain: as domains are compared; `*` is every domain.
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


def on_hold(connection: Connection) -> set[str]:
    """The domains on hold, by the statement that each claim makes."""
    return {row[0] for row in connection.exec_driver_sql("SELECT domain FROM holds").all()}


def put_aside(connection: Connection, claimed: Iterable[Taken], domains: set[str]) -> set[int]:
    """Puts claimed rows of domains on hold aside, as never claimed.

    Args:
        connection: of the claim's transaction.
        claimed: the claim's deliveries, with their domains.
        domains: those that are on hold.

    Returns:
        The ids of those that were put aside.
    """
    everything = EVERYWHERE in domains
    held = {row.id for row, _, _, domain in claimed if everything or domain in domains}
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
