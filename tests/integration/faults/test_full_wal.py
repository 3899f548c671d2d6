"""PostgreSQL's log (WAL) finds no room: really, the server stops itself in a panic."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, text

from digest.database import open_database, upgrade
from digest.errors import DatabaseError
from digest.model import DeliveryState
from tests.integration.faults.trial import Record, Trial
from tests.smalldisk import SmallDisk
from tests.smtpserver import FaultyServer, Session, Spoil
from tests.support import PostgresServer, missing, postgres_programs

pytestmark = [pytest.mark.anyio, pytest.mark.postgres, pytest.mark.timeout(120)]

COUNT = 400
#: Two batches of fifty answers, and twice as many messages as there are connections.
IN_FLIGHT = 2 * 50 + 2 * 4
#: Writes to the log alone, until its piece of a megabyte has so many octets left.
_WRITE_ALL_BUT = """
SELECT pg_logical_emit_message(false, 'test', repeat('x', greatest(
    0, 1048576 - :left - ((pg_current_wal_insert_lsn() - '0/0') % 1048576)::int)))
"""


@dataclass
class Place:
    """A server whose log lies on a small disk."""

    server: PostgresServer
    disk: SmallDisk
    engine: Engine

    def filling(self) -> Spoil:
        """Fills the disk under the fiftieth message."""
        full = False

        async def fill(session: Session, verb: str) -> str | None:
            nonlocal full
            if verb == "BODY" and len(session.server.received) == 50 and not full:
                full = True
                self.fill()
            return None

        return fill

    def fill(self) -> None:
        """Leaves no room for another piece of the log, and in this one what a few rows take."""
        with self.engine.begin() as connection:
            connection.execute(text(_WRITE_ALL_BUT), {"left": 100_000})
        self.disk.fill()

    def await_panic(self) -> None:
        """Returns when the server has stopped itself."""
        while not self.has_panicked():
            time.sleep(0.02)

    def has_panicked(self) -> bool:
        """By its own word."""
        said = self.server.log.read_text(encoding="utf-8")
        return "PANIC" in said and "No space left on device" in said

    def mend(self) -> None:
        """Makes room, and starts the server again."""
        self.disk.empty()
        self.server.restart()


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    programs = postgres_programs()
    if programs is None:
        missing("PostgreSQL's programs (Debian: postgresql)")
    monkeypatch.setattr("digest.delivery.patience.LONGEST_PAUSE", 0.05)
    disk = SmallDisk("postgres")
    server = PostgresServer(programs, fsync=True, wal=disk.folder)
    server.start()
    engine = open_database(server.create_database())
    upgrade(engine)
    yield Place(server, disk, engine)
    engine.dispose()
    server.stop()
    server.remove()
    disk.remove()


async def test_a_log_without_room_ends_the_run_and_a_new_sender_loses_nothing(
    place: Place, record: Record
) -> None:
    trial = Trial(place.engine, COUNT)
    async with FaultyServer(place.filling()) as server:
        mailer = trial.mailer(server)
        sender = trial.sender(mailer)
        sender._parts.patience._seconds = 1.0
        with pytest.raises(DatabaseError):
            await sender.run()
        await mailer.aclose()
        assert place.has_panicked()
        place.mend()
        in_doubt = len(server.received) - trial.outbox.counts()[DeliveryState.ACCEPTED]
        trial.outbox.take_over(trial.now)
        trial.now += trial.outbox.lease
        await trial.finish(server)
        result = trial.result(server)
    record("PostgreSQL's log without room, then a new sender", result, "postgresql")
    assert (result.lost, result.suppressed, result.one_identity) == (0, 0, True)
    assert result.repeated <= in_doubt <= IN_FLIGHT
    assert result.states == {"accepted": COUNT}


async def test_a_sender_goes_on_when_the_log_has_room_again(place: Place, record: Record) -> None:
    trial = Trial(place.engine, COUNT)
    async with FaultyServer(place.filling()) as server:
        sending = asyncio.create_task(trial.run(server))
        await asyncio.to_thread(place.await_panic)
        await asyncio.to_thread(place.mend)
        await sending
        await trial.finish(server)
        result = trial.result(server)
    record("PostgreSQL's log without room, the same sender goes on", result, "postgresql")
    assert (result.lost, result.suppressed, result.one_identity) == (0, 0, True)
    assert result.repeated <= IN_FLIGHT
    assert result.states == {"accepted": COUNT}
