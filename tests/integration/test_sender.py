from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from digest.delivery import Limits, Outbox, Sender, SmtpMailer
from digest.delivery.connect import Server
from digest.delivery.patience import Patience
from digest.delivery.report import Report
from digest.delivery.settler import Settler
from digest.errors import RenderError
from digest.model import Delivery, DeliveryState, Message, Outcome
from digest.settings import Delivering
from digest.testing import RecordingMailer
from tests.outboxes import NOW, add_readers, plan, plans, render
from tests.smtpserver import FaultyServer, Session

pytestmark = pytest.mark.anyio


def smtp(server: FaultyServer, connections: int = 4) -> SmtpMailer:
    where = Server(host="127.0.0.1", port=server.port, tls="none", hello="test")
    return SmtpMailer(where, Limits(connections=connections))


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    add_readers(engine, 500)
    return Outbox(engine)


async def test_everything_that_is_due_is_sent_once(outbox: Outbox) -> None:
    outbox.enqueue(plans(500))
    async with FaultyServer() as server:
        mailer = smtp(server)
        report = await Sender(outbox, mailer, render, Delivering(), lambda: NOW).run()
        await mailer.aclose()
        assert str(report) == "accepted 500"
        assert sorted({got.recipient for got in server.received}) == sorted(
            f"reader{number}@example.org" for number in range(1, 501)
        )
        assert len(server.received) == 500
    assert outbox.counts()[DeliveryState.ACCEPTED] == 500


async def test_an_empty_outbox_says_so(outbox: Outbox) -> None:
    report = await Sender(outbox, RecordingMailer(), render, Delivering(), lambda: NOW).run()
    assert str(report) == "nothing was due"


async def test_a_server_that_is_away_keeps_everything(outbox: Outbox) -> None:
    outbox.enqueue(plans(20))
    async with FaultyServer() as server:
        pass
    mailer = smtp(server)
    report = await Sender(outbox, mailer, render, Delivering(), lambda: NOW).run()
    assert "cannot be reached" in report.reason
    assert report.waiting == 20
    assert {row.attempts for row in outbox.rows()} == {0}


async def test_a_run_waits_for_a_server_that_comes_back(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.run.POLL_SECONDS", 0.05)
    outbox.enqueue(plans(20))
    async with FaultyServer() as gone:
        pass
    mailer = smtp(gone)
    sender = Sender(outbox, mailer, render, Delivering(), lambda: NOW)
    run = asyncio.create_task(sender.run(wait=timedelta(seconds=30)))
    await asyncio.sleep(0.3)
    server = FaultyServer()
    server.port = gone.port
    async with server:
        report = await run
        await mailer.aclose()
    assert str(report) == "accepted 20"


async def test_a_message_that_cannot_be_made_fails_alone(outbox: Outbox) -> None:
    def spoilt(delivery: Delivery) -> Message:
        if delivery.subscriber_id == 2:
            raise RenderError(kind="daily", recipient=delivery.recipient, reason="no title")
        return render(delivery)

    outbox.enqueue(plans(3))
    report = await Sender(outbox, RecordingMailer(), spoilt, Delivering(), lambda: NOW).run()
    assert (report.accepted, report.failed) == (2, 1)
    assert "no title" in outbox.rows()[1].text


async def test_a_deferred_delivery_says_when_it_comes_again(outbox: Outbox) -> None:
    busy = RecordingMailer(lambda _: Outcome(state=DeliveryState.DEFERRED, code=451, text="busy"))
    outbox.enqueue([plan()])
    report = await Sender(outbox, busy, render, Delivering(), lambda: NOW).run()
    assert str(report) == "deferred 1, waiting 1"
    at = outbox.next_attempt_at()
    assert at
    assert at > NOW


async def test_a_stop_ends_what_is_under_way_and_gives_back_the_rest(outbox: Outbox) -> None:
    stop = asyncio.Event()

    async def spoil(_session: Session, verb: str) -> str | None:
        if verb == "BODY":
            stop.set()
            await asyncio.sleep(0.1)
        return None

    outbox.enqueue(plans(100))
    async with FaultyServer(spoil) as server:
        mailer = smtp(server)
        sender = Sender(outbox, mailer, render, Delivering(), lambda: NOW)
        report = await sender.run(stop=stop)
        await mailer.aclose()
        assert report.reason == "asked to stop"
        assert report.accepted == len(server.received) < 100
        assert report.waiting == 100 - report.accepted
    counts = outbox.counts()
    assert counts[DeliveryState.PLANNED] == report.waiting
    assert counts[DeliveryState.UNCERTAIN] == counts[DeliveryState.SENDING] == 0


async def test_who_writes_answers_ends_even_as_one_comes(outbox: Outbox) -> None:
    settler = Settler(outbox, Delivering(), lambda: NOW, Patience(), Report())
    keeping = asyncio.create_task(settler.keep())
    await asyncio.sleep(0.01)
    outbox.enqueue([plan()])
    (one,) = outbox.claim("test", 1, NOW).deliveries
    settler.answered(one, None)
    keeping.cancel()
    await asyncio.wait([keeping], timeout=5)
    assert keeping.cancelled()


async def test_two_senders_share_the_work(outbox: Outbox) -> None:
    outbox.enqueue(plans(400))
    async with FaultyServer() as server:
        mailers = [smtp(server), smtp(server)]
        senders = [Sender(outbox, m, render, Delivering(), lambda: NOW) for m in mailers]
        reports = await asyncio.gather(*(sender.run() for sender in senders))
        await asyncio.gather(*(mailer.aclose() for mailer in mailers))
        assert sum(report.accepted for report in reports) == len(server.received) == 400
        assert len({got.message_id for got in server.received}) == 400
