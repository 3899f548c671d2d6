"""A killed sender's claims are taken up at once; a living one's are left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from digest.delivery import Outbox, Plan
from digest.delivery.owner import is_gone, new_owner
from subscribers.model import Consent, Subscriber
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring

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


def test_a_sender_that_nobody_has_waited_for_is_dead_all_the_same(outbox: Outbox) -> None:
    code = "import sys; from digest.delivery.owner import new_owner; print(new_owner(), flush=True)"
    code += "; sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", code], text=True, stdin=pipe, stdout=pipe
    ) as sender:
        assert sender.stdout is not None
        assert outbox.claim(sender.stdout.readline().strip(), 10, NOW).deliveries
        assert outbox.take_over(NOW) == 0
        sender.kill()
        os.waitid(os.P_PID, sender.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in the table
        assert outbox.take_over(NOW) == 1


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
