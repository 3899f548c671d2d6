"""Mail to an address that is not its reader's own: the address decides, not the reader."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from digest.delivery import Effect, Judge, Outbox, Settlement
from digest.model import Delivery, DeliveryState
from digest.settings import Delivering
from subscribers.model import SuppressionReason
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring
from tests.outboxes import NOW, add_readers, plan

RING = Keyring({1: b"k" * 32}, 1)
NEW = plan(kind="new_address", occasion="request", recipient="New@example.org")
GONE = Settlement(DeliveryState.BOUNCED, None, 552, "5.2.2", "full")


@pytest.fixture
def store(engine: Engine) -> SubscriberStore:
    add_readers(engine, 1)
    return SubscriberStore(engine, RING)


@pytest.fixture
def outbox(engine: Engine, store: SubscriberStore) -> Outbox:
    del store
    return Outbox(engine, address_hash=RING.address_hash)


def test_a_new_address_that_was_suppressed_since_gets_nothing(
    outbox: Outbox, store: SubscriberStore
) -> None:
    outbox.enqueue([NEW])
    store.suppress("new@example.org", SuppressionReason.COMPLAINT, NOW)
    claimed = outbox.claim("a", 10, NOW)
    assert not claimed.deliveries
    assert claimed.skipped == {"the address is suppressed": 1}


def test_who_moves_away_from_a_suppressed_address_can_confirm_the_new_one(
    outbox: Outbox, store: SubscriberStore
) -> None:
    outbox.enqueue([NEW, plan()])
    store.suppress("reader1@example.org", SuppressionReason.BOUNCE, NOW)
    assert [row.kind for row in outbox.claim("a", 10, NOW).deliveries] == ["new_address"]


def test_a_digest_planned_for_the_address_before_is_checked_by_that_address(
    outbox: Outbox, store: SubscriberStore
) -> None:
    outbox.enqueue([plan(recipient="former@example.org")])
    store.suppress("former@example.org", SuppressionReason.BOUNCE, NOW)
    assert not outbox.claim("a", 10, NOW).deliveries


def test_a_full_mailbox_at_a_new_address_is_not_counted_against_the_reader(
    engine: Engine, outbox: Outbox, store: SubscriberStore
) -> None:
    outbox.enqueue([NEW])
    (row,) = outbox.claim("a", 1, NOW).deliveries
    outbox.settle([(row.id, row.token, GONE)], NOW)
    judge = Judge(engine, store, RING, Delivering(soft_bounces=1))
    assert judge.refused(bounced(row), NOW) is Effect.COUNTED
    outbox.enqueue([plan(occasion="next")])
    assert outbox.claim("a", 1, NOW).deliveries


def bounced(row: Delivery) -> Delivery:
    return row._replace(state=DeliveryState.BOUNCED, code=552, enhanced="5.2.2", text="full")
