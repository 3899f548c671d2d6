"""What a mail server can do to a sender: each fault happens, and then the books are compared."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from sqlalchemy import Engine

from tests.integration.faults.trial import Record, Trial
from tests.outboxes import plan
from tests.smtpserver import OFFERS, FaultyServer, Session, Spoil
from tests.support import FULL

pytestmark = pytest.mark.anyio

CHUNKING = (*OFFERS, "CHUNKING")
LATE = 62.0 if FULL else 1.5  # seconds; scaled down with the deadlines by default


def answering(verb: str, answer: str) -> Spoil:
    """A server that gives one command another answer."""

    async def spoil(_session: Session, asked: str) -> str | None:
        return answer if asked == verb else None

    return spoil


def now_and_then(spoil: Spoil, every: int = 7) -> Spoil:
    """Spoils one message in so many."""
    seen = Counter[str]()

    async def sometimes(session: Session, verb: str) -> str | None:
        seen[verb] += 1
        return await spoil(session, verb) if seen[verb] % every == 0 else None

    return sometimes


def once_each(verb: str, answer: str) -> Spoil:
    """Answers the first command of each recipient so, as greylisting does."""
    met: set[str] = set()

    async def spoil(session: Session, name: str) -> str | None:
        line = session.server.lines[-1]
        if name == verb and line not in met:
            met.add(line)
            return answer
        return None

    return spoil


async def test_the_connection_drops_in_the_middle_of_data(engine: Engine, record: Record) -> None:
    dropped = set[str]()

    async def drop(session: Session, verb: str) -> str | None:
        if verb == "DATA" and session.recipients[0] not in dropped:
            dropped.add(session.recipients[0])
            await session.say("354 go on")
            await session.reader.readexactly(20)
            session.hang_up()
        return None

    trial = Trial(engine, 60)
    async with FaultyServer(now_and_then(drop)) as server:
        await trial.finish(server)
        result = trial.result(server)
    record("connection dropped in the middle of DATA", result)
    assert (result.lost, result.repeated, result.one_identity) == (0, 0, True)
    assert result.states == {"accepted": 60}


@pytest.mark.parametrize("offers", [OFFERS, CHUNKING], ids=["DATA", "BDAT"])
async def test_the_connection_drops_after_the_dot_before_the_answer(
    engine: Engine, record: Record, offers: tuple[str, ...]
) -> None:
    dropped = Counter[str]()

    async def take_and_drop(session: Session, verb: str) -> str | None:
        if verb == "BODY" and not dropped[session.recipients[0]]:
            dropped[session.recipients[0]] += 1
            session.server.take(session)
            session.hang_up()
        return None

    name = "BDAT" if "CHUNKING" in offers else "DATA"
    trial = Trial(engine, 60)
    async with FaultyServer(now_and_then(take_and_drop), offers) as server:
        await trial.finish(server)
        result = trial.result(server)
    record(f"connection dropped after the dot, before the answer ({name})", result)
    assert result.lost == 0
    assert result.repeated <= sum(dropped.values())
    assert result.one_identity
    assert sum(report.uncertain for report in trial.reports) == sum(dropped.values())


async def test_250_in_place_of_354(engine: Engine, record: Record) -> None:
    trial = Trial(engine, 60)
    async with FaultyServer(now_and_then(answering("DATA", "250 2.0.0 Ok"))) as server:
        await trial.finish(server)
        result = trial.result(server)
    record("250 in place of 354", result)
    assert (result.lost, result.repeated) == (0, 0)
    assert result.states == {"accepted": 60}


async def test_a_server_that_always_says_250_in_place_of_354_is_left(
    engine: Engine, record: Record
) -> None:
    trial = Trial(engine, 60)
    async with FaultyServer(answering("DATA", "250 2.0.0 Ok")) as server:
        report = await trial.run(server)
        result = trial.result(server)
    record("250 in place of 354, always", result)
    assert "the server's answer to DATA is none: 250 2.0.0 Ok" in report.reason
    assert result.states == {"planned": 60}


TWICE = {
    "354 said twice": ("DATA", "354 go on", OFFERS),
    "the answer to RCPT said twice": ("RCPT", "250 2.1.5 Ok", OFFERS),
    "the answer to the dot said twice (DATA)": ("BODY", "250 2.0.0 Ok", OFFERS),
    "the answer to the dot said twice (one command at a time)": ("BODY", "250 2.0.0 Ok", ()),
    "the answer to the message said twice (BDAT)": ("BODY", "250 2.0.0 Ok", CHUNKING),
}


@pytest.mark.parametrize("name", TWICE)
async def test_a_reply_too_many(engine: Engine, record: Record, name: str) -> None:
    said, reply, offers = TWICE[name]
    repeated = 0

    async def again(session: Session, verb: str) -> str | None:
        nonlocal repeated
        if verb == said:
            repeated += 1
            again = f"{reply}\r\n".encode()
            asyncio.get_running_loop().call_later(0.002, session.writer.write, again)
        return None

    trial = Trial(engine, 60)
    async with FaultyServer(now_and_then(again), offers) as server:
        await trial.finish(server)
        result = trial.result(server)
    record(name, result)
    assert result.lost == 0
    assert result.repeated <= repeated
    assert result.one_identity
    assert set(result.states) <= {"accepted", "uncertain"}


@pytest.mark.timeout(300)
async def test_an_answer_that_comes_late_is_waited_for(engine: Engine, record: Record) -> None:
    async def slow(_session: Session, verb: str) -> str | None:
        if verb == "BODY":
            await asyncio.sleep(LATE)
        return None

    trial = Trial(engine, 8, command=LATE / 3, body=20 * LATE)
    async with FaultyServer(slow) as server:
        await trial.finish(server)
        result = trial.result(server)
    took = f"{LATE:.0f} seconds, " if FULL else ""
    record(f"the answer to the dot takes {took}three times a command's deadline", result)
    assert (result.lost, result.repeated) == (0, 0)
    assert result.states == {"accepted": 8}


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "BODY"])
async def test_421_at_each_step(engine: Engine, record: Record, step: str) -> None:
    answer = "421 4.3.2 Service shutting down"
    failures = iter(range(3))

    async def spoil(_session: Session, verb: str) -> str | None:
        return answer if verb == step and next(failures, None) is not None else None

    trial = Trial(engine, 20)
    server = FaultyServer(spoil)
    server.greetings = [answer] * 3 if step == "greeting" else []
    async with server:
        await trial.finish(server)
        result = trial.result(server)
    record(f"421 at {step}", result)
    assert (result.lost, result.repeated, result.suppressed) == (0, 0, 0)
    assert result.states == {"accepted": 20}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("greylisting", "450 4.7.1 Greylisted, come back later"),
        ("451", "451 4.3.0 Local error"),
        ("452", "452 4.3.1 Insufficient system storage"),
        ("mailbox full", "452 4.2.2 Mailbox full"),
    ],
)
async def test_what_is_put_off_comes_later(
    engine: Engine, record: Record, name: str, answer: str
) -> None:
    trial = Trial(engine, 20)
    async with FaultyServer(once_each("RCPT", answer)) as server:
        await trial.finish(server)
        result = trial.result(server)
    record(name, result)
    assert (result.lost, result.repeated, result.suppressed) == (0, 0, 0)
    assert result.states == {"accepted": 20}
    assert all(row.attempts == 2 for row in trial.outbox.rows())


async def test_550_for_one_of_1000(engine: Engine, record: Record) -> None:
    async def spoil(session: Session, verb: str) -> str | None:
        line = session.server.lines[-1]
        unknown = verb == "RCPT" and "<reader500@" in line
        return "550 5.1.1 No such user" if unknown else None

    trial = Trial(engine, 1000)
    async with FaultyServer(spoil) as server:
        await trial.finish(server)
        result = trial.result(server, rightly=1)
    record("550 5.1.1 for one of 1,000", result)
    assert (result.lost, result.repeated) == (0, 0)
    assert result.states == {"accepted": 999, "bounced": 1}
    assert trial.store.suppression("reader500@example.org")
    assert result.suppressed == 0


async def test_5_7_1_for_all_stops_and_keeps_everything(engine: Engine, record: Record) -> None:
    trial = Trial(engine, 300)
    async with FaultyServer(
        answering("RCPT", "550 5.7.1 Message rejected due to policy")
    ) as server:
        report = await trial.run(server)
        result = trial.result(server)
    record("550 5.7.1 for all", result)
    assert result.suppressed == 0
    assert report.reason == "example.org refuses or asks for patience"
    assert result.states["failed"] <= 5 + trial.connections
    assert result.states["planned"] == 300 - result.states["failed"]


@pytest.mark.parametrize(
    "said",
    [
        "550 5.7.1 Message rejected due to policy",
        "550 relay not permitted",
        "550 5.1.2 Relay not allowed.",
    ],
)
async def test_a_refusal_of_us_in_three_domains_stops_all_sending(
    engine: Engine, record: Record, said: str
) -> None:
    trial = Trial(engine, 40)
    for name in ("one", "two", "three"):
        trial.add(plan(n, occasion=name, recipient=f"r{n}@{name}.example") for n in range(1, 41))
    async with FaultyServer(answering("RCPT", said)) as server:
        report = await trial.run(server)
        result = trial.result(server)
    short = "550 5.7.1" if "5.7.1" in said else said.rstrip(".")
    record(f"{short} in four domains", result)
    assert "refuse this sender" in report.reason
    assert result.suppressed == 0
    assert result.states["failed"] <= 5 * 4 + trial.connections
    assert result.states["planned"] == 160 - result.states["failed"]


async def test_a_refused_sender_stops_at_once(engine: Engine, record: Record) -> None:
    trial = Trial(engine, 100)
    async with FaultyServer(answering("MAIL", "550 5.7.1 Sender not allowed")) as server:
        report = await trial.run(server)
        result = trial.result(server)
    record("the sender refused at MAIL", result)
    assert "refuses this sender: 550 5.7.1" in report.reason
    assert result.states == {"planned": 100}


async def test_a_server_that_sends_a_byte_at_a_time_holds_one_slot(
    engine: Engine, record: Record
) -> None:
    async def drip(session: Session, verb: str) -> str | None:
        if session.number == 1 and verb == "RCPT":
            for byte in b"250 2.1.5 Ok, and a long story with it, octet by octet ...":
                session.writer.write(bytes([byte]))
                await session.writer.drain()
                await asyncio.sleep(0.1)
        return None

    trial = Trial(engine, 100, command=1.0)
    async with FaultyServer(drip) as server:
        await trial.finish(server)
        result = trial.result(server)
    record("a server that sends an octet at a time", result)
    assert (result.lost, result.repeated) == (0, 0)
    assert result.states == {"accepted": 100}


async def test_a_server_that_accepts_and_closes(engine: Engine, record: Record) -> None:
    async def close(session: Session, verb: str) -> str | None:
        if verb == "BODY":
            session.server.take(session)
            await session.say("250 2.0.0 Ok")
            session.hang_up()
        return None

    trial = Trial(engine, 40)
    async with FaultyServer(close) as server:
        await trial.finish(server)
        result = trial.result(server)
    record("a relay that answers 250 and closes", result)
    assert (result.lost, result.repeated) == (0, 0)
    assert result.states == {"accepted": 40}
