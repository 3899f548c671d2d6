"""What goes wrong with one recipient, or one delivery, and leaves the others alone."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Engine

from digest.model import DeliveryState
from tests.integration.faults.trial import Record, Trial
from tests.outboxes import NOW, message, plan
from tests.smtpserver import FaultyServer, Session

pytestmark = pytest.mark.anyio


async def test_a_throttled_domain_takes_no_slot_of_the_others(
    engine: Engine, record: Record
) -> None:
    async def spoil(session: Session, verb: str) -> str | None:
        slow = verb == "RCPT" and "@slow.example>" in session.server.lines[-1]
        return "450 4.7.28 Too much mail from you" if slow else None

    trial = Trial(engine, 200)
    slow = [plan(n, occasion="slow", recipient=f"r{n}@slow.example") for n in range(1, 101)]
    trial.add(slow)
    async with FaultyServer(spoil) as server:
        report = await trial.run(server)
        result = trial.result(server)
        refusals = sum("@slow.example>" in line for line in server.lines)
    record("one domain of two throttled", result)
    assert report.accepted == 200
    assert refusals < 20
    assert result.suppressed == 0


async def test_a_cancelled_delivery_leaves_its_connection_to_nobody(
    engine: Engine, record: Record
) -> None:
    waiting = asyncio.Event()

    async def hold(session: Session, verb: str) -> str | None:
        if verb == "RCPT" and session.number == 1:
            waiting.set()
            await asyncio.sleep(0.3)
        return None

    trial = Trial(engine, 30, connections=1)
    async with FaultyServer(hold) as server:
        mailer = trial.mailer(server)
        task = asyncio.create_task(mailer.send(message("cancelled@example.org")))
        await waiting.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await mailer.aclose()
        await trial.finish(server)
        result = trial.result(server)
    record("a cancelled task", result)
    assert (result.lost, result.repeated) == (0, 0)
    assert result.states == {"accepted": 30}


async def test_addresses_beyond_ascii(engine: Engine, record: Record) -> None:
    trial = Trial(engine, 1)
    trial.add(
        [
            plan(1, occasion="idn", recipient="reader@xn--bcher-kva.example"),
            plan(1, occasion="local", recipient="läser@example.org"),
        ]
    )
    async with FaultyServer() as server:
        await trial.finish(server)
        assert {got.recipient for got in server.received} == {
            "reader1@example.org",
            "reader@xn--bcher-kva.example",
            "läser@example.org",
        }
        utf8 = next(got for got in server.received if got.recipient == "läser@example.org")
        assert "SMTPUTF8" in utf8.parameters
        record("an IDN and a non-ASCII address", trial.result(server))


async def test_an_address_beyond_ascii_fails_alone_without_smtputf8(engine: Engine) -> None:
    trial = Trial(engine, 1)
    trial.add([plan(1, occasion="local", recipient="läser@example.org")])
    async with FaultyServer(offers=("PIPELINING",)) as server:
        await trial.finish(server)
        assert [got.recipient for got in server.received] == ["reader1@example.org"]
    failed = trial.outbox.rows(state=DeliveryState.FAILED)
    assert [(row.enhanced, "SMTPUTF8" in row.text) for row in failed] == [("5.6.7", True)]
    assert trial.now == NOW
