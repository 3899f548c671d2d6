"""An outbox whose deliveries come with the jobs that send them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, func, select

from digest.delivery import TRANSACTIONAL, Outbox
from digest.delivery.alike import Alike
from digest.delivery.tables import deliveries
from digest.workers.asking import ask_for
from digest.workers.wanted import DELIVERIES, Wanted, deliver

_D = deliveries.c
#: The shard of a delivery, and whether one of several is a mail that a person waits for.
SHARD: ColumnElement[int] = (_D.id // DELIVERIES).label("shard")
URGENT: ColumnElement[bool] = func.bool_or(_D.kind.in_(sorted(TRANSACTIONAL)))


class SharedOutbox(Outbox):
    """The outbox of a worker: rows and the jobs that send them are committed together."""

    def write(self, rows: Sequence[Sequence[object]], connection: Connection) -> int:
        """As `Outbox.write`; asks for jobs for the shards that the new rows are in."""
        with _asking(connection):
            return super().write(rows, connection)

    def write_alike(self, some: Sequence[Alike], connection: Connection) -> None:
        """As `Outbox.write_alike`; asks for jobs likewise."""
        with _asking(connection):
            super().write_alike(some, connection)


@contextmanager
def _asking(connection: Connection) -> Iterator[None]:
    before = connection.execute(select(func.coalesce(func.max(_D.id), 0))).scalar_one()
    yield
    ask_for(connection, _shards_above(connection, before))


def _shards_above(connection: Connection, before: int) -> list[Wanted]:
    """Ids grow, so that ours are above all that there were; others' among them do no harm."""
    waiting = (_D.id > before, _D.next_attempt_at.is_not(None))
    found = connection.execute(select(SHARD, URGENT).where(*waiting).group_by(SHARD))
    return [deliver(int(shard), urgent=urgent) for shard, urgent in found]
