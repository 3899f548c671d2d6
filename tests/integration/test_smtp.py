from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from digest.delivery import Limits, SmtpMailer
from digest.delivery.connect import Server
from digest.delivery.smtp import Deadlines
from digest.errors import MailerRefused, MailerUnreachable
from digest.model import DeliveryState, Outcome
from tests.outboxes import message
from tests.smtpserver import OFFERS, FaultyServer, Session, Spoil

pytestmark = pytest.mark.anyio

KINDS = {
    "chunking": (*OFFERS, "CHUNKING"),
    "pipelining": OFFERS,
    "plain": ("8BITMIME",),
}


@pytest.fixture(params=KINDS)
def offers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return KINDS[request.param]


@asynccontextmanager
async def mailing(
    server: FaultyServer, connections: int = 1, command: float = 5, body: float = 5
) -> AsyncIterator[SmtpMailer]:
    where = Server(
        host="127.0.0.1",
        port=server.port,
        tls="none",
        hello="test",
        deadlines=Deadlines(command, body),
    )
    mailer = SmtpMailer(where, Limits(connections=connections))
    try:
        yield mailer
    finally:
        await mailer.aclose()


def answering(**answers: str) -> Spoil:
    async def spoil(_session: Session, verb: str) -> str | None:
        return answers.get(verb)

    return spoil


async def test_a_message_arrives_octet_for_octet(offers: tuple[str, ...]) -> None:
    dotted = message(data=b"\r\n.a line\r\n..\r\n.\r\nlast\r\n")
    async with FaultyServer(offers=offers) as server, mailing(server) as mailer:
        outcome = await mailer.send(dotted)
        assert (outcome.state, outcome.code) == (DeliveryState.ACCEPTED, 250)
        assert [got.data for got in server.received] == [dotted.data]
        assert server.received[0].sender == dotted.sender


async def test_a_connection_serves_many_messages(offers: tuple[str, ...]) -> None:
    async with FaultyServer(offers=offers) as server, mailing(server) as mailer:
        for number in range(20):
            await mailer.send(message(name=str(number)))
        assert server.connections == 1
        assert len(server.received) == 20


async def test_after_a_refused_recipient_the_connection_goes_on(offers: tuple[str, ...]) -> None:
    async def spoil(session: Session, verb: str) -> str | None:
        if verb == "RCPT" and session.server.lines[-1].startswith("RCPT TO:<nobody@"):
            return "550 5.1.1 No such user"
        return None

    async with FaultyServer(spoil, offers) as server, mailing(server) as mailer:
        refused = await mailer.send(message("nobody@example.org"))
        assert refused == Outcome(
            state=DeliveryState.BOUNCED, code=550, enhanced="5.1.1", text="No such user"
        )
        assert (await mailer.send(message())).state is DeliveryState.ACCEPTED
        assert [got.recipient for got in server.received] == ["reader@example.org"]
        assert server.connections == 1


@pytest.mark.parametrize("verb", ["RCPT", "DATA or BDAT", "BODY"])
async def test_what_the_server_puts_off_is_deferred(verb: str, offers: tuple[str, ...]) -> None:
    if verb == "DATA or BDAT":
        verb = "BDAT" if "CHUNKING" in offers else "DATA"
    async with (
        FaultyServer(answering(**{verb: "451 4.7.1 Greylisted"}), offers) as server,
        mailing(server) as mailer,
    ):
        outcome = await mailer.send(message())
        assert (outcome.state, outcome.enhanced) == (DeliveryState.DEFERRED, "4.7.1")


async def test_a_server_that_takes_data_after_refusing_the_recipient_gets_nothing() -> None:
    async def spoil(session: Session, verb: str) -> str | None:
        if verb == "RCPT":
            return "550 5.1.1 No such user"
        if verb == "DATA":
            await session.say("354 go on")
            assert await session.reader.readline() == b".\r\n"
            return "554 5.5.1 no valid recipients"
        return None

    async with FaultyServer(spoil) as server, mailing(server) as mailer:
        assert (await mailer.send(message())).enhanced == "5.1.1"


async def test_a_refused_sender_stops_everything() -> None:
    async with (
        FaultyServer(answering(MAIL="550 5.7.1 Sender not allowed")) as server,
        mailing(server) as mailer,
    ):
        with pytest.raises(MailerRefused, match=r"550 5\.7\.1 Sender not allowed"):
            await mailer.send(message())


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    async with FaultyServer() as server:
        pass
    async with mailing(server) as mailer:
        with pytest.raises(MailerUnreachable, match=f"127.0.0.1:{server.port}"):
            await mailer.send(message())


async def test_no_more_connections_than_allowed_are_open() -> None:
    async with FaultyServer() as server, mailing(server, connections=3) as mailer:
        await asyncio.gather(*(mailer.send(message(name=str(n))) for n in range(30)))
        assert server.most_open == 3
        assert len(server.received) == 30


async def test_a_slow_server_holds_one_slot() -> None:
    stuck, waiting = asyncio.Event(), asyncio.Event()

    async def spoil(session: Session, verb: str) -> str | None:
        if verb == "RCPT" and session.number == 1 and session.messages == 0:
            waiting.set()
            await stuck.wait()
        return None

    async with FaultyServer(spoil) as server, mailing(server, connections=2) as mailer:
        slow = asyncio.create_task(mailer.send(message(name="slow")))
        await waiting.wait()
        for number in range(10):
            await mailer.send(message(name=str(number)))
        assert not slow.done()
        stuck.set()
        assert (await slow).state is DeliveryState.ACCEPTED
