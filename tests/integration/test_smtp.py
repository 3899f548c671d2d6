from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from digest.delivery import Limits, SmtpMailer
from digest.delivery.connect import Server
from digest.delivery.smtp import Deadlines
from digest.errors import MailerRefused, MailerUnreachable
from digest.model import DeliveryState, Outcome
from tests.outboxes import close_after, message
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


@pytest.mark.parametrize("kind", ["pipelining", "plain"])
async def test_a_server_that_wants_no_data_has_taken_nothing(kind: str) -> None:
    async with FaultyServer(answering(DATA="250 Ok"), KINDS[kind]) as server:
        async with mailing(server) as mailer:
            with pytest.raises(MailerUnreachable, match="answer to DATA is none: 250 Ok"):
                await mailer.send(message())
        assert "A digest." not in server.lines


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
async def test_354_answers_nothing_but_data(verb: str, offers: tuple[str, ...]) -> None:
    spoil = answering(**{verb: "354 go on"})
    async with FaultyServer(spoil, offers) as server, mailing(server) as mailer:
        if "CHUNKING" in offers:  # the message has left with its envelope
            assert (await mailer.send(message())).state is DeliveryState.UNCERTAIN
        with pytest.raises(MailerUnreachable, match=f"answer to {verb} is none: 354"):
            await mailer.send(message())


async def test_354_does_not_say_that_a_message_was_taken(offers: tuple[str, ...]) -> None:
    async with FaultyServer(answering(BODY="354 go on"), offers) as server:
        async with mailing(server) as mailer:
            outcome = await mailer.send(message())
        assert outcome.state is DeliveryState.UNCERTAIN
        assert "answer to the message is none: 354 go on" in outcome.text


async def test_a_refused_rset_is_no_refusal_of_the_next_reader(offers: tuple[str, ...]) -> None:
    async def spoil(session: Session, verb: str) -> str | None:
        unknown = verb == "RCPT" and session.server.lines[-1].startswith("RCPT TO:<nobody@")
        refused = {"RSET": "503 5.5.1 Bad sequence"}.get(verb)
        return "550 5.1.1 No such user" if unknown else refused

    async with FaultyServer(spoil, offers) as server, mailing(server) as mailer:
        assert (await mailer.send(message("nobody@example.org"))).state is DeliveryState.BOUNCED
        told = (await mailer.send(message())).state
        over_bdat = "CHUNKING" in offers  # the message has left with RSET
        assert told is (DeliveryState.UNCERTAIN if over_bdat else DeliveryState.ACCEPTED)


def repeating(verb: str, reply: str, seconds: float = 0.0) -> Spoil:
    """Says a reply once more than it ought to, at once or a little apart."""

    async def spoil(session: Session, name: str) -> str | None:
        if name != verb:
            return None
        if verb == "BODY" and not seconds:
            return f"{reply}\r\n{reply}"
        again = f"{reply}\r\n".encode()
        asyncio.get_running_loop().call_later(seconds, session.writer.write, again)
        await asyncio.sleep(0 if verb == "BODY" else seconds)
        return None

    return spoil


REPEATED = {
    "354 at once": repeating("DATA", "354 go on"),
    "354 apart": repeating("DATA", "354 go on", 0.002),
    "RCPT's at once": repeating("RCPT", "250 2.1.5 Ok"),
    "RCPT's apart": repeating("RCPT", "250 2.1.5 Ok", 0.002),
    "the last at once": repeating("BODY", "250 2.0.0 Ok"),
    "the last apart": repeating("BODY", "250 2.0.0 Ok", 0.002),
}


@pytest.mark.parametrize("spoil", REPEATED.values(), ids=REPEATED)
async def test_a_reply_too_many_makes_nothing_accepted_that_never_arrived(
    spoil: Spoil, offers: tuple[str, ...]
) -> None:
    accepted = set[str]()
    async with FaultyServer(spoil, offers) as server:
        async with mailing(server) as mailer:
            for number in range(6):
                with suppress(MailerUnreachable):
                    name = str(number)
                    if (await mailer.send(message(name=name))).state is DeliveryState.ACCEPTED:
                        accepted.add(f"<{name}@digest.example>")
                mailer.retry()
        assert accepted <= {got.message_id for got in server.received}


async def test_a_refusal_is_not_told_of_the_message_before_or_after() -> None:
    """Over BDAT nothing but the words tells that the answers are off by one."""
    told = {"MAIL": "250 2.1.0 Ok", "RCPT": "250 2.1.5 Ok", "BODY": "250 2.0.0 Queued"}

    async def spoil(session: Session, verb: str) -> str | None:
        if verb == "MAIL" and len(session.server.received) == 2:
            await session.say("250 2.0.0 Queued")
        if verb in ("MAIL", "RCPT"):
            session.server._plain(session, verb, session.server.lines[-1])
        third = verb == "BODY" and len(session.server.received) == 2
        return "552 5.2.2 Mailbox full" if third else told.get(verb)

    async with FaultyServer(spoil, KINDS["chunking"]) as server, mailing(server) as mailer:
        outcomes = [await mailer.send(message(name=str(number))) for number in range(3)]
        assert [outcome.state for outcome in outcomes] == [
            DeliveryState.ACCEPTED,
            DeliveryState.ACCEPTED,
            DeliveryState.UNCERTAIN,
        ]


async def test_nothing_more_is_risked_where_connection_after_connection_gives_no_answer(
    offers: tuple[str, ...],
) -> None:
    async def drop(session: Session, verb: str) -> str | None:
        if verb == "BODY":
            session.server.take(session)
            session.hang_up()
        return None

    async with FaultyServer(drop, offers) as server:
        async with mailing(server) as mailer:
            sends = [mailer.send(message(name=str(number))) for number in range(20)]
            await asyncio.gather(*sends, return_exceptions=True)
        assert len(server.received) == 3


async def test_a_mailer_that_is_closed_at_any_time_leaves_no_connection_open() -> None:
    async with FaultyServer() as server:
        turns = 0
        while len(server.received) < 5:  # until some have arrived before the end
            turns += 1
            async with mailing(server) as mailer:
                await close_after(mailer, turns)
        assert server.connections > len(server.received)
        assert await server.is_deserted()
