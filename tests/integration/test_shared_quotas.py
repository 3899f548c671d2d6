"""A provider's quota is one, however many processes send and however often they start."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from digest.delivery import Limits, Outbox, Report, Sender, SmtpMailer
from digest.delivery.connect import Server
from digest.delivery.ledger import Ledger, database_time
from digest.delivery.quotas import Closing, Window, windows
from digest.model import DeliveryState
from digest.settings import Delivering
from tests.integration.faults.killable import start
from tests.outboxes import NOW, add_readers, plans, render
from tests.smtpserver import FaultyServer, Session

pytestmark = pytest.mark.anyio

HOUR = windows(None, 100)


@dataclass
class Clock:
    """The time that all senders of a test share."""

    now: float = 1_700_000_000.0

    def __call__(self, _connection: Connection) -> float:
        return self.now


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    add_readers(engine, 300)
    outbox = Outbox(engine)
    outbox.enqueue(plans(300))
    return outbox


async def run(outbox: Outbox, server: FaultyServer, ledger: Ledger, per_hour: int = 100) -> Report:
    where = Server(host="127.0.0.1", port=server.port, tls="none", hello="test")
    mailer = SmtpMailer(where, Limits(quotas=windows(None, per_hour)), ledger)
    try:
        return await Sender(outbox, mailer, render, Delivering(), lambda: NOW).run()
    finally:
        await mailer.aclose()


def test_two_tables_of_tokens_are_one(engine: Engine) -> None:
    one, other = Ledger(engine, "relay"), Ledger(engine, "relay")
    assert one.take(HOUR, 70)[0].tokens == 70
    assert other.take(HOUR, 70)[0].tokens == 30
    none = one.take(HOUR, 1)[0]
    assert (none.tokens, none.full) == (0, "100 an hour")
    assert Ledger(engine, "another relay").take(HOUR, 70)[0].tokens == 70


def test_what_one_gives_back_another_takes(engine: Engine) -> None:
    one, other = Ledger(engine, "relay"), Ledger(engine, "relay")
    grant, now = one.take(HOUR, 100)
    one.take(HOUR, 0, [Closing(grant, 40, now)])
    assert other.take(HOUR, 100)[0].tokens == 60


def test_many_at_once_get_no_more_than_there_is(engine: Engine) -> None:
    got: list[int] = []

    def take() -> None:
        ledger = Ledger(engine, "relay")
        got.extend(ledger.take(HOUR, 7)[0].tokens for _ in range(8))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 100


def test_windows_of_several_lengths_hold_together(engine: Engine) -> None:
    clock, limits = Clock(), (Window(10, 1.0), Window(25, 3600.0))
    ledger, got = Ledger(engine, "relay", clock), []
    for _ in range(4):
        got.append(ledger.take(limits, 50)[0].tokens)
        clock.now += 2.1
    assert got == [10, 10, 5, 0]


def test_the_shared_clock_is_this_time(engine: Engine) -> None:
    with engine.connect() as connection:
        assert abs(database_time(connection) - time.time()) < 60


async def test_two_processes_share_a_quota_and_a_third_finds_it_used_up(
    outbox: Outbox, database_url: str
) -> None:
    async with FaultyServer() as server:
        processes = [start(database_url, server.port, per_hour=100) for _ in range(2)]
        for process in processes:
            await asyncio.to_thread(process.join)
        assert len(server.received) == 100
        later = start(database_url, server.port, per_hour=100)
        await asyncio.to_thread(later.join)
        assert len(server.received) == 100
    assert outbox.counts()[DeliveryState.ACCEPTED] == 100
    assert outbox.counts()[DeliveryState.PLANNED] == 200


async def test_a_killed_process_costs_tokens_and_never_gains_any(
    outbox: Outbox, database_url: str
) -> None:
    killed: list[int] = []

    async def kill(session: Session, verb: str) -> str | None:
        if verb == "BODY" and len(session.server.received) == 30 and not killed:
            killed.append(process.pid or 0)
            process.kill()
        return None

    async with FaultyServer(kill) as server:
        process = start(database_url, server.port, per_hour=100)
        await asyncio.to_thread(process.join)
        assert process.exitcode == -signal.SIGKILL
        outbox.take_over(NOW)
        other = start(database_url, server.port, per_hour=100)
        await asyncio.to_thread(other.join)
        assert 50 <= len(server.received) <= 100


async def test_a_used_up_quota_ends_the_run_with_its_reason_and_goes_on_later(
    engine: Engine, outbox: Outbox
) -> None:
    clock = Clock()
    async with FaultyServer() as server:
        report = await run(outbox, server, Ledger(engine, "relay", clock))
        assert report.accepted == 100
        assert report.waiting == 200
        assert "The quota of 127.0.0.1" in report.reason
        assert "100 an hour. The next message may go in 61 minutes" in report.reason
        assert {row.attempts for row in outbox.rows(state=DeliveryState.PLANNED)} == {0}
        clock.now += timedelta(hours=1, minutes=2).total_seconds()
        again = await run(outbox, server, Ledger(engine, "relay", clock))
        assert (again.accepted, len(server.received)) == (100, 200)


async def test_what_a_run_did_not_use_is_there_for_the_next(engine: Engine) -> None:
    add_readers(engine, 30)
    outbox = Outbox(engine)
    outbox.enqueue(plans(30))
    ledger = Ledger(engine, "relay")
    async with FaultyServer() as server:
        assert (await run(outbox, server, ledger)).accepted == 30
    assert ledger.take(HOUR, 100)[0].tokens == 70


async def test_a_mailer_without_a_database_keeps_its_own_count(outbox: Outbox) -> None:
    where = windows(None, 100)
    async with FaultyServer() as server:
        host = Server(host="127.0.0.1", port=server.port, tls="none", hello="test")
        mailer = SmtpMailer(host, Limits(quotas=where))
        report = await Sender(outbox, mailer, render, Delivering(), lambda: NOW).run()
        await mailer.aclose()
    assert (report.accepted, report.waiting) == (100, 200)
