"""A killed sender's claims are taken up at once; a living one's are left alone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from digest.delivery import Outbox, Plan, Sender
from digest.delivery.owner import is_gone, new_owner
from digest.settings import Delivering
from digest.testing import RecordingMailer
from subscribers.model import Consent, Subscriber
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring
from tests.outboxes import render

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    """An outbox with one delivery that is due."""
    store = SubscriberStore(engine, Keyring({1: b"k" * 32}, 1))
    given = Consent(action="add", at=NOW, source="operator")
    number = store.add(Subscriber(email="reader@example.org"), given).id
    outbox = Outbox(engine)
    plan = Plan(
        subscriber_id=number,
        kind="daily",
        occasion="2026-08-20",
        recipient="reader@example.org",
        planned_at=NOW,
        due_at=NOW,
        expires_at=NOW + timedelta(days=1),
    )
    outbox.enqueue([plan])
    return outbox


def owner_of_a_process_that_ended() -> str:
    code = "from digest.delivery.owner import new_owner; print(new_owner())"
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip()


def test_the_claim_of_a_killed_sender_is_taken_up_at_once(outbox: Outbox) -> None:
    assert outbox.claim(owner_of_a_process_that_ended(), 10, NOW).deliveries
    assert outbox.claim(new_owner(), 10, NOW).deliveries == ()
    assert outbox.take_over(NOW) == 1
    assert outbox.claim(new_owner(), 10, NOW).deliveries


@contextmanager
def process_beside() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A living process, and the name that a sender in it has."""
    code = "import sys; from digest.delivery.owner import new_owner; print(new_owner(), flush=True)"
    command = [sys.executable, "-c", f"{code}; sys.stdin.read()"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()


def test_a_sender_that_nobody_has_waited_for_is_dead_all_the_same(outbox: Outbox) -> None:
    with process_beside() as (process, owner):
        assert outbox.claim(owner, 10, NOW).deliveries
        assert outbox.take_over(NOW) == 0
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in the table
        assert outbox.take_over(NOW) == 1
        assert outbox.take_over(NOW) == 0  # it is due now, once


@pytest.mark.anyio
async def test_a_sender_at_work_takes_up_the_claim_of_one_that_is_killed_beside_it(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.run.POLL_SECONDS", 0.05)
    with process_beside() as (process, owner):
        assert outbox.claim(owner, 10, NOW).deliveries
        sender = Sender(outbox, RecordingMailer(), render, Delivering(), lambda: NOW)
        running = asyncio.create_task(sender.run(wait=timedelta(hours=1)))
        await asyncio.sleep(0.3)
        assert not running.done()
        process.kill()
        async with asyncio.timeout(20):
            assert (await running).accepted == 1


def test_the_claim_of_a_living_sender_is_left_alone(outbox: Outbox) -> None:
    assert outbox.claim(new_owner(), 10, NOW).deliveries
    assert outbox.take_over(NOW) == 0


def test_a_sender_of_another_machine_is_never_judged() -> None:
    ended = owner_of_a_process_that_ended()
    host, pid, place, rest = ended.split(":")
    assert is_gone(ended)
    assert not is_gone(f"{host}:{pid}:{place[::-1]}:{rest}")
    assert not is_gone("written by hand")
    assert not is_gone(f"{host}:{os.getpid()}:{place}:{rest}")
