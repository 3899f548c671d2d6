"""What the other side's answers keep back: domains that are left alone for a while.

A domain that asks for patience, or refuses by policy, is paused by the sender that hears it. The
pause is written down, so that the operator sees it, the sender's next run keeps it, and other
senders do. It ends by its hour; the operator's retry ends it at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Select,
    String,
    Table,
    Text,
    delete,
    or_,
    select,
)

from digest.database import writing
from digest.delivery.holds import EVERYWHERE
from digest.delivery.tables import metadata
from subscribers.storage import UtcDateTime, inserting

pauses = Table(
    "pauses",
    metadata,
    Column("domain", Text, primary_key=True),
    # Two senders may have heard different hours: the later one holds.
    Column("owner", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
)
_C = pauses.c


@dataclass(frozen=True, slots=True)
class Pause:
    """A recipient domain to which nothing is sent for a while.

    Attributes:
        domain: in lower case; `*` where the relay itself is paused or not to be reached.
        at: since when, in UTC.
        until: when it ends by itself, in UTC.
        why: what the other side said.
    """

    domain: str
    at: datetime
    until: datetime
    why: str


class Pauses:
    """The pauses of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standing(self, now: datetime) -> dict[str, Pause]:
        """Those that have not ended, by domain."""
        query = select(pauses).where(_C.until > now).order_by(_C.domain, _C.until)
        with self._engine.connect() as connection:
            found = connection.execute(query)
            return {row.domain: Pause(row.domain, row.at, row.until, row.why) for row in found}

    def write(self, owner: str, found: Iterable[Pause], now: datetime) -> None:
        """Notes a sender's pauses; those that have ended are forgotten."""
        with writing(self._engine).begin() as connection:
            connection.execute(delete(pauses).where(_C.until <= now))
            for pause in found:
                told = {"until": pause.until, "why": pause.why}
                new = inserting(connection, pauses).values(
                    domain=pause.domain, owner=owner, at=pause.at, **told
                )
                same = ["domain", "owner"]
                connection.execute(new.on_conflict_do_update(index_elements=same, set_=told))

    def forget(self, owner: str) -> None:
        """Ends a sender's pause of its relay, which it kept for itself alone."""
        mine = (_C.owner == owner, _C.domain == EVERYWHERE)
        with writing(self._engine).begin() as connection:
            connection.execute(delete(pauses).where(*mine))


def lift(connection: Connection, domains: Select[tuple[str]] | Collection[str]) -> None:
    """Ends the pauses of domains, and of the relay, within the caller's transaction."""
    connection.execute(delete(pauses).where(or_(_C.domain.in_(domains), _C.domain == EVERYWHERE)))
