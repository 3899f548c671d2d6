"""How often something may be done: counted by what it came from, in windows of time.

What is counted is known by its keyed hash alone, and forgotten after a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import Column, Connection, Engine, Integer, String, Table, delete

from subscribers.storage import UtcDateTime, inserting, writing
from subscribers.tables import metadata
from subscribers.tokens import Keyring

_KEPT = timedelta(days=2)

counters = Table(
    "counters",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("began_at", UtcDateTime, primary_key=True, index=True),
    Column("count", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` in each `span` that begins at a multiple of it since 1970."""

    most: int
    span: timedelta

    def began(self, at: datetime) -> datetime:
        """When the window of an instant began."""
        seconds = self.span.total_seconds()
        return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing that is limited: what it is, of whom, and how often."""

    what: str
    whose: str
    limit: Limit


class Limits:
    """The counters of one database.

    Args:
        engine: of a database with the program's schema.
        ring: its current key hashes what is counted.
    """

    def __init__(self, engine: Engine, ring: Keyring) -> None:
        self._engine = engine
        self._ring = ring

    def exceeded(self, asked: Sequence[Counted], at: datetime) -> datetime | None:
        """Counts one more of each; when the longest window that is full ends, None if none is.

        Every counter is written whatever the others say, so that the work tells nothing.
        """
        full: list[datetime] = []
        with writing(self._engine).begin() as connection:
            connection.execute(delete(counters).where(counters.c.began_at < at - _KEPT))
            for counted in asked:
                began = counted.limit.began(at)
                if self._add(connection, counted, began) > counted.limit.most:
                    full.append(began + counted.limit.span)
        return max(full, default=None)

    def _add(self, connection: Connection, counted: Counted, began: datetime) -> int:
        data = f"limit:{counted.what}\n{counted.limit.span}\n{counted.whose}".encode()
        key = self._ring.mac(self._ring.current, data).hex()
        statement = inserting(connection, counters).values(key=key, began_at=began, count=1)
        added = statement.on_conflict_do_update(
            index_elements=["key", "began_at"], set_={"count": counters.c.count + 1}
        ).returning(counters.c.count)
        return int(connection.execute(added).scalar_one())


def network(address: str) -> str:
    """The network of an address: what one household or office shares (/24, in IPv6 /48)."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return str(ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))
