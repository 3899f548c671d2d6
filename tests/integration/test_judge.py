from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import Engine

from digest import returnpath
from digest.delivery import Effect, Judge, Outbox, Settlement, read
from digest.delivery.bounces import Kind, Notice
from digest.delivery.reports import Failure
from digest.links import mailto_unsubscribe
from digest.model import Delivery, DeliveryState
from digest.settings import Delivering
from subscribers.model import SubscriptionStatus, SuppressionReason
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring
from tests.outboxes import NOW, add_readers, plan

RING = Keyring({1: b"k" * 32}, 1)
SENDER = "digest@digest.example"
TAKEN = Settlement(DeliveryState.ACCEPTED, None, 250, "2.0.0", "Ok")
Deliver = Callable[[str], Delivery]


@pytest.fixture
def store(engine: Engine) -> SubscriberStore:
    add_readers(engine, 2)
    return SubscriberStore(engine, RING)


@pytest.fixture
def judge(engine: Engine, store: SubscriberStore) -> Judge:
    return Judge(engine, store, RING, Delivering())


@pytest.fixture
def deliver(engine: Engine, store: SubscriberStore) -> Deliver:
    """Sends the first reader the digest of an occasion."""
    del store
    outbox = Outbox(engine)

    def send(occasion: str = "2026-08-20") -> Delivery:
        outbox.enqueue([plan(occasion=occasion, key_id=1)])
        (row,) = outbox.claim("a", 1, NOW).deliveries
        outbox.settle([(row.id, row.token, TAKEN)], NOW)
        return row

    return send


def path(occasion: str = "2026-08-20", ring: Keyring = RING) -> str:
    return returnpath.encode(SENDER, returnpath.token(ring, 1, "daily", occasion))


def bounce(status: str, address: str, text: str = "") -> Notice:
    failure = Failure("reader1@example.org", "failed", status, text)
    return Notice(kind=Kind.BOUNCE, failures=(failure,), addressed=(address,))


def test_an_address_that_is_gone_is_suppressed(
    judge: Judge, store: SubscriberStore, deliver: Deliver, engine: Engine
) -> None:
    deliver("2026-08-20")
    assert judge.returned(bounce("5.1.1", path()), NOW) is Effect.SUPPRESSED
    found = store.suppression("reader1@example.org")
    assert found
    assert found.reason is SuppressionReason.BOUNCE
    assert store.suppression("reader2@example.org") is None
    assert Outbox(engine).rows()[0].state is DeliveryState.BOUNCED


def test_a_return_path_survives_folded_case(judge: Judge, deliver: Deliver) -> None:
    deliver("2026-08-20")
    assert judge.returned(bounce("5.1.1", path().upper()), NOW) is Effect.SUPPRESSED


@pytest.mark.parametrize(
    "address",
    [SENDER, "digest+nonsense@digest.example", path(ring=Keyring({1: b"x" * 32}, 1))],
)
def test_a_forged_bounce_changes_nothing(
    judge: Judge, store: SubscriberStore, deliver: Deliver, address: str
) -> None:
    deliver("2026-08-20")
    for notice in (
        bounce("5.1.1", address),
        replace(bounce("5.1.1", address), kind=Kind.COMPLAINT),
        replace(bounce("5.1.1", address), kind=Kind.UNSUBSCRIBE, sender="reader1@example.org"),
    ):
        assert judge.returned(notice, NOW) is Effect.UNPROVEN
    assert store.suppression("reader1@example.org") is None
    assert store.by_id(1).status is SubscriptionStatus.CONFIRMED


def test_a_token_of_a_delivery_that_never_was_proves_nothing(
    judge: Judge, deliver: Deliver
) -> None:
    deliver("2026-08-20")
    assert judge.returned(bounce("5.1.1", path("2026-08-19")), NOW) is Effect.UNPROVEN


def test_the_envelope_id_proves_where_the_return_path_does_not(
    judge: Judge, deliver: Deliver
) -> None:
    deliver("2026-08-20")
    token = returnpath.token(RING, 1, "daily", "2026-08-20")
    notice = replace(bounce("5.1.1", SENDER), envelope_id=token)
    assert judge.returned(notice, NOW) is Effect.SUPPRESSED


def test_a_refusal_of_the_sender_never_touches_the_reader(
    judge: Judge, store: SubscriberStore, deliver: Deliver
) -> None:
    for day in range(1, 25):
        deliver(f"2026-08-{day:02}")
        notice = bounce("5.7.1", path(f"2026-08-{day:02}"), "550 user unknown or blocked")
        assert judge.returned(notice, NOW) is Effect.OURS
    assert store.suppression("reader1@example.org") is None


def test_soft_bounces_in_a_row_rest_an_address_and_at_last_suppress_it(
    judge: Judge, store: SubscriberStore, deliver: Deliver
) -> None:
    effects = []
    for day in range(15):
        deliver(str(day))
        # The rest is over: the clock of this test stands still.
        effects.append(judge.returned(bounce("5.2.2", path(str(day))), NOW - timedelta(days=8)))
    rest = [Effect.COUNTED] * 4 + [Effect.RESTING]
    assert effects == rest + rest + [Effect.COUNTED] * 4 + [Effect.SUPPRESSED]
    assert store.suppression("reader1@example.org")


def test_deliveries_that_come_to_no_bounce_end_the_row(judge: Judge, deliver: Deliver) -> None:
    for day in range(4):
        deliver(str(day))
        judge.returned(bounce("5.2.2", path(str(day))), NOW)
    deliver("fine")
    deliver("and the next")
    deliver("again")
    assert judge.returned(bounce("5.2.2", path("again")), NOW) is Effect.COUNTED


def test_a_resting_address_is_not_written_to(
    judge: Judge, deliver: Deliver, engine: Engine
) -> None:
    for day in range(5):
        deliver(str(day))
        judge.returned(bounce("5.2.2", path(str(day))), NOW)
    outbox = Outbox(engine)
    outbox.enqueue([plan(occasion="6")])
    assert not outbox.claim("a", 1, NOW + timedelta(days=1)).deliveries


def test_a_bounce_that_comes_twice_counts_once(judge: Judge, deliver: Deliver) -> None:
    deliver("2026-08-20")
    assert judge.returned(bounce("5.2.2", path()), NOW) is Effect.COUNTED
    assert judge.returned(bounce("5.2.2", path()), NOW) is Effect.KNOWN


def test_a_complaint_suppresses_at_once(
    judge: Judge, store: SubscriberStore, deliver: Deliver
) -> None:
    deliver("2026-08-20")
    notice = Notice(kind=Kind.COMPLAINT, addressed=(path(),))
    assert judge.returned(notice, NOW) is Effect.SUPPRESSED
    found = store.suppression("reader1@example.org")
    assert found
    assert found.reason is SuppressionReason.COMPLAINT


@pytest.mark.parametrize("kind", [Kind.AUTO_REPLY, Kind.DELAY, Kind.OTHER])
def test_what_is_no_bounce_does_nothing(judge: Judge, deliver: Deliver, kind: Kind) -> None:
    deliver("2026-08-20")
    notice = replace(bounce("5.1.1", path()), kind=kind)
    assert judge.returned(notice, NOW) is Effect.NOTHING


def test_a_reply_that_says_unsubscribe_does_it_by_the_message_it_answers(
    judge: Judge, store: SubscriberStore, deliver: Deliver
) -> None:
    row = deliver("2026-08-20")
    name = returnpath.message_name(RING, 1, row.kind, row.occasion, row.recipient, key_id=1)
    notice = Notice(
        kind=Kind.UNSUBSCRIBE,
        references=(f"<{name}@digest.example>",),
        sender="Reader1@example.org",
    )
    assert judge.returned(notice, NOW) is Effect.UNSUBSCRIBED
    assert store.by_id(1).status is SubscriptionStatus.UNSUBSCRIBED
    assert store.history(1)[-1].source == "reply"


@pytest.mark.parametrize(("ring", "effect"), [(RING, Effect.UNSUBSCRIBED), (None, Effect.UNPROVEN)])
def test_a_mail_by_the_mailto_link_does_it_by_the_token_in_its_subject(
    judge: Judge, store: SubscriberStore, deliver: Deliver, ring: Keyring | None, effect: Effect
) -> None:
    deliver("2026-08-20")
    link = mailto_unsubscribe("digest@digest.example", ring or Keyring.generate(), 1)
    subject = unquote(link.partition("?subject=")[2])
    mail = f"From: alias@example.org\r\nSubject: {subject}\r\n\r\n".encode()
    assert judge.returned(read(mail), NOW) is effect
    left = store.by_id(1).status is SubscriptionStatus.UNSUBSCRIBED
    assert left is (effect is Effect.UNSUBSCRIBED)


def test_a_mail_to_the_address_of_a_long_senders_mailto_link_does_it_in_any_case(
    judge: Judge, store: SubscriberStore, deliver: Deliver
) -> None:
    deliver("2026-08-20")
    link = mailto_unsubscribe("a-longer-digest@lists.digest.example", RING.rotate(), 1, key_id=1)
    mail = f"From: x@example.org\r\nTo: {link.removeprefix('mailto:').upper()}\r\n\r\n".encode()
    assert judge.returned(read(mail), NOW) is Effect.UNSUBSCRIBED
    assert store.by_id(1).status is SubscriptionStatus.UNSUBSCRIBED


def test_the_mailto_link_of_an_older_mail_goes_on_working(
    judge: Judge, store: SubscriberStore, deliver: Deliver
) -> None:
    row = deliver("2026-08-20")
    token = returnpath.token(RING, 1, row.kind, row.occasion)
    mail = f"From: reader1@example.org\r\nSubject: unsubscribe {token}\r\n\r\n".encode()
    assert judge.returned(read(mail), NOW) is Effect.UNSUBSCRIBED
    assert store.by_id(1).status is SubscriptionStatus.UNSUBSCRIBED


def test_a_reply_to_another_readers_message_does_nothing(
    judge: Judge, store: SubscriberStore, deliver: Deliver
) -> None:
    deliver("2026-08-20")
    notice = Notice(
        kind=Kind.UNSUBSCRIBE,
        references=("<0123456789abcdef0123456789abcdef@digest.example>",),
        sender="reader1@example.org",
    )
    assert judge.returned(notice, NOW) is Effect.UNPROVEN
    assert store.by_id(1).status is SubscriptionStatus.CONFIRMED


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "effect"),
    [
        (550, "5.1.1", "No such user", Effect.SUPPRESSED),
        (550, "", "User unknown", Effect.SUPPRESSED),
        (552, "5.2.2", "full", Effect.COUNTED),
        (550, "5.7.1", "blocked", Effect.OURS),
        (0, "", "the server hung up", Effect.NOTHING),
    ],
)
def test_a_servers_own_refusal_is_judged_by_the_same_rule(
    judge: Judge, deliver: Deliver, code: int, enhanced: str, text: str, effect: Effect
) -> None:
    row = deliver("2026-08-20")
    told = row._replace(state=DeliveryState.BOUNCED, code=code, enhanced=enhanced, text=text)
    assert judge.refused(told, NOW) is effect
