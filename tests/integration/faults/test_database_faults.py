"""What can happen to the database below a sender."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from digest.database import open_database, upgrade
from digest.delivery import Outbox
from digest.errors import DatabaseError
from tests.integration.faults.trial import Record, Trial
from tests.smtpserver import FaultyServer, Session
from tests.support import PostgresServer, missing, postgres_programs

pytestmark = pytest.mark.anyio


def locking(engine: Engine, seconds: float) -> threading.Thread:
    """Another program holds the outbox for a while."""
    sqlite = engine.dialect.name == "sqlite"
    statement = "UPDATE deliveries SET id = id" if sqlite else "LOCK TABLE deliveries"

    def hold() -> None:
        with engine.connect() as connection, connection.begin():
            connection.execute(text(statement))
            time.sleep(seconds)

    thread = threading.Thread(target=hold)
    thread.start()
    return thread


async def test_a_locked_database_is_waited_for(
    engine: Engine, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.database.BUSY_SECONDS", 1)
    threads: list[threading.Thread] = []

    async def lock(session: Session, verb: str) -> str | None:
        if verb == "BODY" and len(session.server.received) == 50 and not threads:
            threads.append(locking(engine, 2.0))
        return None

    trial = Trial(engine, 200)
    async with FaultyServer(lock) as server:
        await trial.finish(server)
        result = trial.result(server)
    threads[0].join()
    record("database locked for two seconds", result)
    assert (result.lost, result.repeated) == (0, 0)
    assert result.states == {"accepted": 200}


async def test_a_full_disk_ends_a_run_with_its_reason_and_loses_nothing(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'digest.sqlite3'}")
    upgrade(engine)
    trial = Trial(engine, 300)
    monkeypatch.setattr("digest.delivery.patience.LONGEST_PAUSE", 0.05)
    limit(engine, full=True)
    async with FaultyServer() as server:
        mailer = trial.mailer(server)
        sender = trial.sender(mailer)
        sender._parts.patience._seconds = 1.0
        with pytest.raises(DatabaseError, match="full"):
            await sender.run()
        await mailer.aclose()
        uncommitted = len(server.received)
        limit(engine, full=False)
        trial.outbox.take_over(trial.now)
        trial.now += Outbox(engine).lease
        await trial.finish(server)
        result = trial.result(server)
    engine.dispose()
    record("disk full, then room again", result)
    assert result.lost == 0
    assert result.repeated <= uncommitted
    assert result.states == {"accepted": 300}


def limit(engine: Engine, *, full: bool) -> None:
    """SQLite's own limit of pages says the same as a full disk: SQLITE_FULL."""
    with engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    engine.dispose()

    from sqlalchemy import event

    def restrict(connection: object, _record: object) -> None:
        most = pages if full else 1_000_000
        connection.execute(f"PRAGMA max_page_count={most}").close()  # type: ignore[attr-defined]

    event.listen(engine, "connect", restrict)


@pytest.mark.postgres
@pytest.mark.timeout(120)
async def test_postgresql_goes_away_and_comes_back(record: Record) -> None:
    programs = postgres_programs()
    if programs is None:
        missing("PostgreSQL's programs (Debian: postgresql)")
    database = PostgresServer(programs, fsync=True)
    database.start()
    engine = open_database(database.create_database())
    upgrade(engine)
    trial, restarts = Trial(engine, 300), asyncio.Event()
    restarting: list[asyncio.Task[None]] = []

    async def restart(session: Session, verb: str) -> str | None:
        if verb == "BODY" and len(session.server.received) >= 50 and not restarts.is_set():
            restarts.set()
            restarting.append(asyncio.create_task(asyncio.to_thread(bounce)))
        return None

    def bounce() -> None:
        database.stop("immediate")
        time.sleep(0.5)
        database.start()

    try:
        async with FaultyServer(restart) as server:
            await trial.finish(server)
            await restarting[0]
            trial.outbox.take_over(trial.now)
            trial.now += trial.outbox.lease
            await trial.finish(server)
            result = trial.result(server)
    finally:
        engine.dispose()
        database.stop()
        database.remove()
    record("PostgreSQL stopped at once and started again", result, "postgresql")
    assert (result.lost, result.suppressed, result.one_identity) == (0, 0, True)
    assert result.repeated <= 100
    assert result.states == {"accepted": 300}
