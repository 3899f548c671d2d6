"""What has been spent of a relay's quotas, in the database: one row, shared by all senders.

Every process on every machine takes its tokens here, in batches, and a run goes on where the
one before ended. The instants are the database server's on PostgreSQL, and this machine's on
SQLite, whose senders all run on it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from sqlalchemy import Column, Connection, Engine, String, Table, Text, func, select, update

from digest.database import writing
from digest.delivery.quotas import Closing, Grant, Window, granted, loaded, storable
from subscribers.storage import inserting
from subscribers.tables import metadata

spending = Table(
    "quota_spending",
    metadata,
    Column("relay", String(255), primary_key=True),
    # By window and slot, how many tokens: at most a hundred numbers for each window.
    Column("spent", Text, nullable=False),
)

Clock = Callable[[Connection], float]


def database_time(connection: Connection) -> float:
    """Seconds since 1970 by the clock that all senders share."""
    if connection.dialect.name == "postgresql":
        now = select(func.extract("epoch", func.clock_timestamp()))
        return float(connection.execute(now).scalar_one())
    return time.time()


class Ledger:
    """The spending of one relay.

    Args:
        engine: of the program's database.
        relay: names the account whose quotas they are.
        clock: gives seconds, within the transaction.
    """

    def __init__(self, engine: Engine, relay: str, clock: Clock = database_time) -> None:
        self._engine = engine
        self._relay = relay[:255]
        self._clock = clock

    def take(
        self, limits: Sequence[Window], wanted: int, closings: Sequence[Closing] = ()
    ) -> tuple[Grant, float]:
        """At most `wanted` tokens, and the present instant by the shared clock.

        Args:
            limits: the quotas as this sender's settings have them.
            wanted: 0 only gives back.
            closings: earlier grants, of which the rest is given back.
        """
        with writing(self._engine).begin() as connection:
            stored = json.loads(self._locked(connection))
            now = self._clock(connection)
            spent = loaded(limits, stored)
            grant = granted(spent, wanted, now, closings)
            text = json.dumps({**stored, **storable(spent, now)}, separators=(",", ":"))
            mine = spending.c.relay == self._relay
            connection.execute(update(spending).where(mine).values(spent=text))
        return grant, now

    def _locked(self, connection: Connection) -> str:
        """The row's text; until the transaction ends, no other sender reads it."""
        query = select(spending.c.spent).where(spending.c.relay == self._relay).with_for_update()
        found = connection.execute(query).scalar()
        if found is None:
            new = inserting(connection, spending).values(relay=self._relay, spent="{}")
            connection.execute(new.on_conflict_do_nothing())
            found = connection.execute(query).scalar_one()
        return str(found)
