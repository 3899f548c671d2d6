"""A disk that fills in the middle of a run: really, on a small one of the test's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import create_engine, text

from digest.database import open_database, upgrade
from digest.errors import DatabaseError
from digest.model import DeliveryState
from tests.integration.faults.trial import Record, Trial
from tests.smalldisk import SmallDisk
from tests.smtpserver import FaultyServer, Session
from tests.support import PostgresServer, missing, postgres_programs

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

COUNT = 400


@dataclass
class Place:
    """A database whose data lie on a small disk."""

    kind: str
    url: str
    disk: SmallDisk


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if os.geteuid():
        pytest.skip("needs root, to mount a disk")
    if request.param == "sqlite":
        disk = SmallDisk()
        yield Place("sqlite", f"sqlite:///{disk.folder / 'digest.sqlite3'}", disk)
        disk.remove()
    else:
        yield from postgresql()


def postgresql() -> Iterator[Place]:
    """The tables on the small disk; the server's own files and its log elsewhere."""
    programs = postgres_programs()
    if programs is None:
        missing("PostgreSQL's programs (Debian: postgresql)")
    disk, server = SmallDisk("postgres"), PostgresServer(programs)
    server.start()
    admin = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE TABLESPACE small LOCATION '{disk.folder}'"))
        connection.execute(text("CREATE DATABASE trial TABLESPACE small"))
    admin.dispose()
    yield Place("postgresql", server.url("trial"), disk)
    server.stop()
    server.remove()
    disk.remove()


async def test_a_disk_that_fills_ends_the_run_with_its_reason_and_loses_nothing(
    place: Place, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.patience.LONGEST_PAUSE", 0.05)
    engine, full = open_database(place.url), False
    upgrade(engine)
    trial = Trial(engine, COUNT)

    async def fill(session: Session, verb: str) -> str | None:
        nonlocal full
        if verb == "BODY" and len(session.server.received) == 50 and not full:
            full = True
            place.disk.fill()
        return None

    async with FaultyServer(fill) as server:
        mailer = trial.mailer(server)
        sender = trial.sender(mailer)
        sender._parts.patience._seconds = 1.0
        with pytest.raises(DatabaseError, match=r"full|No space left"):
            await sender.run()
        await mailer.aclose()
        in_doubt = len(server.received) - trial.outbox.counts()[DeliveryState.ACCEPTED]
        place.disk.empty()
        trial.outbox.take_over(trial.now)
        trial.now += trial.outbox.lease
        await trial.finish(server)
        result = trial.result(server)
    engine.dispose()
    record("disk full in the middle, then room again", result, place.kind)
    assert (result.lost, result.suppressed, result.one_identity) == (0, 0, True)
    assert result.repeated <= in_doubt
    assert result.states == {"accepted": COUNT}
