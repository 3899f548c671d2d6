"""What can happen to the sending process: killed, stopped, and not alone."""

from __future__ import annotations

import asyncio
import os
import random
import signal

import pytest
from sqlalchemy import Engine

from digest.model import DeliveryState
from tests.integration.faults.killable import start
from tests.integration.faults.trial import Record, Trial
from tests.smtpserver import FaultyServer, Session
from tests.support import FULL

pytestmark = pytest.mark.anyio

KILLS = 200 if FULL else 20
MESSAGES = 2000
COMMANDS = 4 * MESSAGES  # MAIL, RCPT, DATA and the message's end
IN_FLIGHT = 2 * 4 + 2 * 50  # with the mailer, in a batch being committed, and in the next


class Killer:
    """Kills the sender at a random command, before or after the server has acted on it."""

    def __init__(self, kills: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._most = 2 * COMMANDS // (kills + 1)
        self._left = self._random.randint(1, self._most)
        self.pid = 0

    async def __call__(self, _session: Session, _verb: str) -> str | None:
        self._left -= 1
        if self._left <= 0 and self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.pid, self._left = 0, self._random.randint(1, self._most)
        return None


@pytest.mark.slow
@pytest.mark.timeout(1800 if FULL else 180)
async def test_kill_9_at_random_points(engine: Engine, database_url: str, record: Record) -> None:
    trial, killer = Trial(engine, MESSAGES), Killer(KILLS, seed=20260820)
    kills, in_flight = 0, 0
    async with FaultyServer(killer) as server:
        while kills < KILLS and trial.outbox.waiting():
            process = start(database_url, server.port)
            killer.pid = process.pid or 0
            await asyncio.to_thread(process.join)
            if process.exitcode == -signal.SIGKILL:
                kills += 1
                settled = trial.outbox.counts()[DeliveryState.ACCEPTED]
                open_now = len({got.recipient for got in server.received}) - settled
                assert open_now <= IN_FLIGHT
                in_flight += open_now
        killer.pid = 0
        trial.outbox.take_over(trial.now)
        await trial.finish(server)
        result = trial.result(server)
    record(f"kill -9 at {KILLS} random points ({in_flight} in flight)", result)
    assert kills >= KILLS // 2
    assert (result.lost, result.suppressed, result.one_identity) == (0, 0, True)
    assert result.repeated <= in_flight
    assert result.states == {"accepted": MESSAGES}


async def test_sigterm_repeats_nothing(engine: Engine, database_url: str, record: Record) -> None:
    trial, reached = Trial(engine, 500), asyncio.Event()

    async def count(session: Session, verb: str) -> str | None:
        if verb == "BODY" and len(session.server.received) > 100:
            reached.set()
            await asyncio.sleep(0.05)
        return None

    async with FaultyServer(count) as server:
        process = start(database_url, server.port)
        await reached.wait()
        process.terminate()
        await asyncio.to_thread(process.join)
        assert process.exitcode == 0
        counts = trial.outbox.counts()
        assert counts[DeliveryState.SENDING] == counts[DeliveryState.UNCERTAIN] == 0
        assert 100 < counts[DeliveryState.ACCEPTED] < 500
        await trial.finish(server)
        result = trial.result(server)
    record("SIGTERM in the middle", result)
    assert (result.lost, result.repeated) == (0, 0)
    assert result.states == {"accepted": 500}


async def test_a_stop_cuts_off_a_server_that_never_answers(
    engine: Engine, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.run.STOP_SECONDS", 0.5)
    trial, stop = Trial(engine, 100, body=60.0), asyncio.Event()
    silent = True

    async def never(session: Session, verb: str) -> str | None:
        if verb == "BODY" and silent:
            session.server.take(session)
            stop.set()
            await asyncio.sleep(60)
        return None

    async with FaultyServer(never) as server:
        report = await trial.run(server, stop)
        silent = False
        counts = trial.outbox.counts()
        assert report.reason == "asked to stop"
        assert counts[DeliveryState.UNCERTAIN] == report.uncertain == len(server.received) > 0
        assert counts[DeliveryState.SENDING] == 0
        assert counts[DeliveryState.PLANNED] == 100 - report.uncertain
        await trial.finish(server)
        result = trial.result(server)
    record("a stop while the server never answers", result)
    # Whether they had arrived nobody could know: each is tried once more, under its Message-ID.
    assert (result.lost, result.repeated, result.one_identity) == (0, report.uncertain, True)
    assert result.states == {"accepted": 100}


async def test_two_processes_never_send_twice(
    engine: Engine, database_url: str, record: Record
) -> None:
    trial = Trial(engine, 600)
    async with FaultyServer() as server:
        processes = [start(database_url, server.port) for _ in range(2)]
        for process in processes:
            await asyncio.to_thread(process.join)
        result = trial.result(server)
    record("two senders at once", result)
    assert (result.lost, result.repeated) == (0, 0)
    assert result.states == {"accepted": 600}


async def test_who_leaves_during_a_run_gets_nothing_more(engine: Engine, record: Record) -> None:
    from sqlalchemy import update

    from subscribers.tables import subscribers

    trial, left = Trial(engine, 400), asyncio.Event()
    sent_before: set[str] = set()

    async def leave(session: Session, verb: str) -> str | None:
        if verb == "BODY" and len(session.server.received) >= 50 and not left.is_set():
            left.set()
            with engine.begin() as connection:
                gone = subscribers.c.id
                connection.execute(
                    update(subscribers).where(gone > 200, gone <= 300).values(suppressed=True)
                )
                connection.execute(
                    update(subscribers).where(gone > 300).values(status="unsubscribed")
                )
            sent_before.update(got.recipient for got in session.server.received)
        return None

    async with FaultyServer(leave) as server:
        await trial.finish(server)
        result = trial.result(server, rightly=100)
        late = [
            got.recipient
            for got in server.received
            if int(got.recipient[6:].partition("@")[0]) > 200 and got.recipient not in sent_before
        ]
    record("suppression and unsubscribe during a run", result)
    # What had been claimed when they left was under way: no more than a claim.
    assert len(late) <= 32
    assert result.states["accepted"] == 200 + len(late)
    assert result.states["skipped"] == 200 - len(late)
    assert (result.lost, result.repeated) == (0, 0)
