from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, update

from digest.delivery import Outbox, Plan, Settlement
from digest.delivery.tables import deliveries
from digest.model import Delivery, DeliveryState
from subscribers.tables import subscribers
from tests.outboxes import NOW, add_readers, plan, plans

LATER = NOW + timedelta(minutes=5)
TAKEN = Settlement(DeliveryState.ACCEPTED, None, 250, "2.0.0", "queued as 1")


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    add_readers(engine, 10)
    return Outbox(engine)


def only(outbox: Outbox) -> Delivery:
    (row,) = outbox.rows()
    return row


def test_a_delivery_is_written_once(outbox: Outbox) -> None:
    assert outbox.enqueue([plan(1), plan(2), plan(1)]) == 2
    assert outbox.enqueue([plan(1, selection="other"), plan(1, occasion="2026-08-21")]) == 1
    assert outbox.rows()[0].selection == "{}"


def test_plans_share_the_callers_transaction(outbox: Outbox, engine: Engine) -> None:
    with engine.connect() as connection:
        outbox.enqueue([plan()], connection)
        connection.rollback()
    assert outbox.waiting() == 0


def test_what_a_reader_does_not_get_is_written_with_its_reason(outbox: Outbox) -> None:
    outbox.enqueue([plan(skip="no paper matched")])
    assert (only(outbox).state, only(outbox).text) == (DeliveryState.SKIPPED, "no paper matched")
    assert not outbox.claim("a", 10, NOW).deliveries


def test_a_claim_takes_what_is_due_once(outbox: Outbox) -> None:
    outbox.enqueue([*plans(3), plan(4, due_at=LATER)])
    claimed = outbox.claim("a", 2, NOW).deliveries
    assert [row.subscriber_id for row in claimed] == [1, 2]
    assert [row.subscriber_id for row in outbox.claim("b", 10, NOW).deliveries] == [3]
    assert not outbox.claim("c", 10, NOW).deliveries


def test_the_attempt_is_counted_by_the_claim(outbox: Outbox) -> None:
    outbox.enqueue([plan()])
    (claimed,) = outbox.claim("a", 10, NOW).deliveries
    assert (claimed.attempts, claimed.state) == (1, DeliveryState.SENDING)
    assert only(outbox).attempts == 1


def test_a_row_comes_back_as_it_was_planned(outbox: Outbox) -> None:
    wanted = plan(snapshot=7, selection='{"a": "é"}', template_hash="ab", key_id=3)
    outbox.enqueue([wanted])
    (row,) = outbox.claim("a", 1, NOW).deliveries
    names = [name for name in Plan.__dataclass_fields__ if name != "skip"]
    assert [getattr(row, name) for name in names] == [getattr(wanted, name) for name in names]


def test_a_claim_can_be_narrowed(outbox: Outbox) -> None:
    outbox.enqueue([plan(1), plan(2, recipient="a@slow.example"), plan(3, kind="confirm")])
    kinds = outbox.claim("a", 10, NOW, kinds={"confirm"}).deliveries
    assert [row.subscriber_id for row in kinds] == [3]
    others = outbox.claim("a", 10, NOW, without={"slow.example"}).deliveries
    assert [row.subscriber_id for row in others] == [1]
    first = outbox.rows()[0].id
    assert not outbox.claim("a", 10, NOW, between=(first, first)).deliveries


def test_a_settled_delivery_has_ended(outbox: Outbox) -> None:
    outbox.enqueue([plan()])
    (row,) = outbox.claim("a", 1, NOW).deliveries
    assert set(outbox.settle([(row.id, row.token, TAKEN)], NOW)) == {row.id}
    assert (only(outbox).state, only(outbox).text) == (DeliveryState.ACCEPTED, "queued as 1")
    assert outbox.waiting() == 0
    assert outbox.counts()[DeliveryState.ACCEPTED] == 1


def test_a_deferred_delivery_waits_for_its_time(outbox: Outbox) -> None:
    outbox.enqueue([plan()])
    (row,) = outbox.claim("a", 1, NOW).deliveries
    busy = Settlement(DeliveryState.DEFERRED, LATER, 451, "4.3.0", "busy")
    outbox.settle([(row.id, row.token, busy)], NOW)
    assert outbox.next_attempt_at() == LATER
    assert not outbox.claim("a", 1, NOW).deliveries
    assert outbox.claim("a", 1, LATER).deliveries[0].attempts == 2


def test_a_lease_that_ran_out_is_taken_over(outbox: Outbox) -> None:
    outbox.enqueue([plan()])
    (early,) = outbox.claim("dead", 1, NOW).deliveries
    (late,) = outbox.claim("alive", 1, NOW + outbox.lease).deliveries
    assert late.token > early.token


def test_an_old_token_changes_nothing(outbox: Outbox) -> None:
    outbox.enqueue([plan()])
    (early,) = outbox.claim("slow", 1, NOW).deliveries
    (late,) = outbox.claim("quick", 1, NOW + outbox.lease).deliveries
    claim = [(early.id, early.token)]
    assert not outbox.settle([(*claim[0], TAKEN)], NOW)
    assert not outbox.release(claim, NOW)
    assert not outbox.renew(claim, NOW)
    assert only(outbox).state is DeliveryState.SENDING
    assert set(outbox.settle([(late.id, late.token, TAKEN)], NOW)) == {late.id}


def test_of_a_batch_only_what_is_still_held_is_written(outbox: Outbox) -> None:
    outbox.enqueue(plans(3))
    first, second, third = outbox.claim("a", 3, NOW).deliveries
    outbox.settle([(second.id, second.token, TAKEN)], NOW)
    late = replace(TAKEN, text="late")
    written = outbox.settle([(row.id, row.token, late) for row in (first, second, third)], NOW)
    assert set(written) == {first.id, third.id}
    assert [row.text for row in outbox.rows()] == ["late", "queued as 1", "late"]


def test_a_second_attempt_knows_what_the_first_came_to(outbox: Outbox) -> None:
    outbox.enqueue(plans(2))
    first, second = outbox.claim("a", 2, NOW).deliveries
    silent = Settlement(DeliveryState.UNCERTAIN, NOW, 421, "4.4.2", "no answer")
    outbox.settle([(first.id, first.token, silent)], NOW)
    outbox.release([(second.id, second.token)], NOW)
    tried, fresh = outbox.claim("b", 2, NOW).deliveries
    assert (tried.attempts, tried.uncertain, tried.code, tried.text) == (2, 1, 421, "no answer")
    assert (fresh.attempts, fresh.uncertain, fresh.code, fresh.text) == (1, 0, 0, "")


def test_a_settled_row_cannot_be_settled_again(outbox: Outbox) -> None:
    outbox.enqueue([plan()])
    (row,) = outbox.claim("a", 1, NOW).deliveries
    outbox.settle([(row.id, row.token, TAKEN)], NOW)
    assert not outbox.settle([(row.id, row.token, TAKEN)], NOW)


def test_a_renewed_lease_holds(outbox: Outbox) -> None:
    outbox.enqueue([plan()])
    (row,) = outbox.claim("a", 1, NOW).deliveries
    assert outbox.renew([(row.id, row.token)], NOW + timedelta(minutes=1)) == 1
    assert not outbox.claim("b", 1, NOW + outbox.lease).deliveries


def test_what_was_not_begun_goes_back_as_it_was(outbox: Outbox) -> None:
    outbox.enqueue([plan()])
    (row,) = outbox.claim("a", 1, NOW).deliveries
    assert outbox.release([(row.id, row.token)], NOW) == 1
    assert (only(outbox).state, only(outbox).attempts) == (DeliveryState.PLANNED, 0)


CHANGES: dict[str, Callable[[Engine], object]] = {
    "suppressed": lambda e: change(e, suppressed=True),
    "unsubscribed": lambda e: change(e, status="unsubscribed"),
    "rests": lambda e: change(e, resting_until=LATER),
}


def change(engine: Engine, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == 1).values(**values))


@pytest.mark.parametrize("word", CHANGES)
def test_the_claim_sees_what_happened_since_the_plan(
    outbox: Outbox, engine: Engine, word: str
) -> None:
    outbox.enqueue([plan(1), plan(2)])
    CHANGES[word](engine)
    claimed = outbox.claim("a", 10, NOW)
    assert [row.subscriber_id for row in claimed.deliveries] == [2]
    assert [word in reason for reason in claimed.skipped] == [True]
    first = outbox.rows()[0]
    assert (first.state, first.attempts, word in first.text) == (DeliveryState.SKIPPED, 0, True)


def test_who_is_erased_takes_deliveries_along(outbox: Outbox, engine: Engine) -> None:
    outbox.enqueue([plan(1), plan(2)])
    with engine.begin() as connection:
        connection.execute(delete(subscribers).where(subscribers.c.id == 1))
    assert [row.subscriber_id for row in outbox.rows()] == [2]


def test_an_old_digest_is_not_sent_late(outbox: Outbox) -> None:
    outbox.enqueue([plan()])
    claimed = outbox.claim("a", 1, NOW + timedelta(days=3))
    assert not claimed.deliveries
    assert only(outbox).state is DeliveryState.SKIPPED
    assert only(outbox).text == "out of date since 2026-08-22 08:00 UTC"


def test_a_stale_delivery_that_was_tried_has_failed_and_says_the_last_answer(
    outbox: Outbox,
) -> None:
    outbox.enqueue([plan()])
    (row,) = outbox.claim("a", 1, NOW).deliveries
    busy = Settlement(DeliveryState.DEFERRED, LATER, 451, "4.3.0", "busy")
    outbox.settle([(row.id, row.token, busy)], NOW)
    outbox.claim("a", 1, NOW + timedelta(days=3))
    assert only(outbox).state is DeliveryState.FAILED
    assert only(outbox).text.endswith("the last answer: busy")


def test_two_senders_never_take_the_same_row(outbox: Outbox, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(deliveries))
    outbox.enqueue(plan(n % 10 + 1, occasion=str(n)) for n in range(300))
    taken: list[int] = []

    def take() -> None:
        while rows := outbox.claim("x", 7, NOW).deliveries:
            taken.extend(row.id for row in rows)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 300
