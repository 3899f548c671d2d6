"""A domain that refuses is left alone, by this sender and the next, and everybody can see why."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from digest.delivery import Desk, Limits, Outbox, Report, Sender, SmtpMailer, Which
from digest.delivery.connect import Server
from digest.delivery.pauses import Pause, Pauses
from digest.settings import Delivering
from tests.outboxes import NOW, add_named, plan, render
from tests.smtpserver import FaultyServer, Session

pytestmark = pytest.mark.anyio

POLICY = "550 5.7.1 your address has a poor reputation"
READERS = [
    *(f"r{n}@refusing.example" for n in range(1, 8)),
    *(f"r{n}@taking.example" for n in range(8, 11)),
]


async def refuses(session: Session, verb: str) -> str | None:
    mine = any(recipient.endswith("@refusing.example") for recipient in session.recipients)
    return POLICY if verb == "BODY" and mine else None


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    add_named(engine, READERS)
    outbox = Outbox(engine)
    outbox.enqueue(plan(n, recipient=address) for n, address in enumerate(READERS, 1))
    return outbox


async def send(outbox: Outbox, server: FaultyServer, now: datetime = NOW) -> Report:
    where = Server(host="127.0.0.1", port=server.port, tls="none", hello="test")
    mailer = SmtpMailer(where, Limits(connections=1))
    try:
        return await Sender(outbox, mailer, render, Delivering(), lambda: now).run()
    finally:
        await mailer.aclose()


async def test_the_operator_sees_who_refuses_until_when_and_why(
    engine: Engine, outbox: Outbox
) -> None:
    async with FaultyServer(refuses) as server:
        report = await send(outbox, server)
    (pause,) = Desk(engine).pauses(NOW)
    assert (pause.domain, pause.why) == ("refusing.example", POLICY)
    assert timedelta(minutes=59) < pause.until - NOW <= timedelta(hours=1)
    assert "refusing.example refuses" in report.reason
    assert Desk(engine).pauses(NOW + timedelta(hours=2)) == []


async def test_the_next_sender_keeps_the_pause_until_it_ends(outbox: Outbox) -> None:
    async with FaultyServer(refuses) as server:
        await send(outbox, server)
    async with FaultyServer() as mended:
        report = await send(outbox, mended)
        assert mended.received == []
        assert "refusing.example refuses" in report.reason
        later = await send(outbox, mended, NOW + timedelta(hours=2))
        assert (later.accepted, later.waiting) == (report.waiting, 0)


async def test_the_operators_retry_ends_a_pause(engine: Engine, outbox: Outbox) -> None:
    async with FaultyServer(refuses) as server:
        await send(outbox, server)
    Desk(engine).retry(Which(domain="refusing.example"), NOW, timedelta(hours=1))
    assert Desk(engine).pauses(NOW) == []
    async with FaultyServer() as mended:
        await send(outbox, mended)
        assert {got.recipient for got in mended.received} == set(READERS[:7])


async def test_a_sender_at_work_hears_that_its_pause_was_lifted(
    engine: Engine, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.pausing.EVERY", 0.0)
    monkeypatch.setattr("digest.delivery.run.POLL_SECONDS", 0.05)
    answers = [POLICY] * 5

    async def mended(session: Session, verb: str) -> str | None:
        refused = await refuses(session, verb)
        return answers.pop() if answers and refused else None

    async with FaultyServer(mended) as server:
        where = Server(host="127.0.0.1", port=server.port, tls="none", hello="test")
        mailer = SmtpMailer(where, Limits(connections=1))
        sender = Sender(outbox, mailer, render, Delivering(), lambda: NOW)
        run = asyncio.create_task(sender.run(wait=timedelta(hours=3)))
        while not Desk(engine).pauses(NOW):  # noqa: ASYNC110  # the database sets no event
            await asyncio.sleep(0.05)
        Desk(engine).retry(Which(domain="refusing.example"), NOW, timedelta(hours=1))
        report = await asyncio.wait_for(run, 60)
        await mailer.aclose()
    assert report.waiting == 0
    assert outbox.waiting() == 0


async def test_a_server_that_is_away_is_told(engine: Engine, outbox: Outbox) -> None:
    async with FaultyServer() as server:
        pass
    await send(outbox, server)
    (pause,) = Desk(engine).pauses(NOW)
    assert pause.domain == "*"
    assert "cannot be reached" in pause.why


def test_of_two_senders_pauses_the_later_end_holds(engine: Engine) -> None:
    pauses = Pauses(engine)
    for owner, minutes in (("a", 20), ("b", 10)):
        until = NOW + timedelta(minutes=minutes)
        pauses.write(owner, [Pause("example.org", NOW, until, owner)], NOW)
    assert pauses.standing(NOW)["example.org"].why == "a"
    assert pauses.standing(NOW + timedelta(minutes=15))["example.org"].why == "a"
    assert pauses.standing(NOW + timedelta(minutes=20)) == {}
