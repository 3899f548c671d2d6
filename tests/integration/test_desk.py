"""The operator at the outbox: what is on hold is not claimed, what was taken is not repeated."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from digest.delivery import EVERYWHERE, Desk, Outbox, Settlement, Which
from digest.model import DeliveryState
from tests.outboxes import NOW, add_readers, plan, plans

WORTH = timedelta(days=2)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    """Three digests that are due, two of them at example.org."""
    add_readers(engine, 3)
    found = Outbox(engine)
    found.enqueue([*plans(2), plan(3, recipient="reader3@elsewhere.example")])
    return found


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def claimed(outbox: Outbox) -> list[int]:
    return [delivery.subscriber_id for delivery in outbox.claim("me", 10, NOW).deliveries]


def settle(outbox: Outbox, state: DeliveryState, again: bool = False) -> None:
    """What one attempt at everything that is due comes to."""
    taken = outbox.claim("me", 10, NOW).deliveries
    next_at = LATER if again else None
    outcome = Settlement(state, next_at, 450, "4.2.0", "later, please")
    outbox.settle([(one.id, one.token, outcome) for one in taken], NOW)


def states(outbox: Outbox) -> dict[str, int]:
    return {str(state): count for state, count in outbox.counts().items() if count}


def test_what_waits_is_told_by_domain_state_and_reason(outbox: Outbox, desk: Desk) -> None:
    settle(outbox, DeliveryState.DEFERRED, again=True)
    told = [(heap.domain, heap.state, heap.count, heap.why) for heap in desk.heaps()]
    assert told == [
        ("example.org", "deferred", 2, "later, please"),
        ("elsewhere.example", "deferred", 1, "later, please"),
    ]
    assert [heap.count for heap in desk.heaps("elsewhere.example")] == [1]


def test_a_domain_on_hold_is_not_claimed_until_it_is_released(outbox: Outbox, desk: Desk) -> None:
    assert desk.hold_domain("Example.org", "they move", NOW) == 2
    assert claimed(outbox) == [3]
    assert desk.heaps("example.org")[0].why == "the domain is on hold: they move"
    assert desk.release_domain("example.org", NOW) == 2
    assert claimed(outbox) == [1, 2]


@pytest.mark.parametrize("written", ["bücher.example", "xn--bcher-kva.example"])
def test_a_domain_is_held_and_released_in_either_spelling(
    outbox: Outbox, desk: Desk, written: str
) -> None:
    outbox.enqueue([plan(1, occasion="2026-08-21", recipient="reader1@bücher.example")])
    assert desk.hold_domain(written, "", NOW) == 1
    assert [heap.count for heap in desk.heaps(written)] == [1]
    assert len(claimed(outbox)) == 3
    assert desk.release_domain(written, NOW) == 1
    assert claimed(outbox) == [1]


def test_what_is_planned_later_for_a_domain_on_hold_is_held_too(outbox: Outbox, desk: Desk) -> None:
    desk.hold_domain("example.org", "", NOW)
    outbox.enqueue([plan(1, occasion="2026-08-21")])
    assert claimed(outbox) == [3]
    assert states(outbox) == {"held": 3, "sending": 1}
    assert outbox.next_attempt_at() == NOW + outbox.lease  # nothing held wakes the sender


def test_a_hold_on_everything_stops_everything(outbox: Outbox, desk: Desk) -> None:
    desk.hold_domain(EVERYWHERE, "", NOW)
    outbox.enqueue([plan(1, occasion="2026-08-21")])
    assert claimed(outbox) == []
    assert desk.release(Which(domain="example.org"), NOW) == 0  # the hold stands above
    desk.release_domain(EVERYWHERE, NOW)
    assert len(claimed(outbox)) == 4


def test_a_held_delivery_keeps_its_attempts(outbox: Outbox, desk: Desk) -> None:
    settle(outbox, DeliveryState.DEFERRED, again=True)
    desk.hold(Which(numbers=(1,)))
    desk.release(Which(numbers=(1,)), NOW)
    (released,) = desk.rows(Which(numbers=(1,)))
    assert (released.state, released.attempts) == ("deferred", 1)
    assert claimed(outbox) == [1]


def test_what_is_being_sent_is_left_alone(outbox: Outbox, desk: Desk) -> None:
    claimed(outbox)
    everything = Which()
    done = [desk.hold(everything), desk.cancel(everything, NOW), desk.retry(everything, NOW, WORTH)]
    assert done == [0, 0, 0]


def test_what_the_server_took_is_never_sent_again(outbox: Outbox, desk: Desk) -> None:
    settle(outbox, DeliveryState.ACCEPTED)
    taken = Which(states=(DeliveryState.ACCEPTED,))
    assert desk.retry(taken, NOW, WORTH) == 0
    assert desk.retry(Which(numbers=(1, 2, 3)), NOW, WORTH) == 0


def test_a_failed_delivery_that_is_out_of_date_can_be_retried(outbox: Outbox, desk: Desk) -> None:
    settle(outbox, DeliveryState.FAILED)
    much_later = NOW + timedelta(days=9)
    assert desk.retry(Which(domain="example.org"), much_later, WORTH) == 2
    taken = outbox.claim("me", 10, much_later)
    assert (len(taken.deliveries), taken.skipped) == (2, {})


def test_a_cancelled_delivery_says_who_ended_it_and_can_come_back(
    outbox: Outbox, desk: Desk
) -> None:
    assert desk.cancel(Which(numbers=(1,)), NOW) == 1
    assert claimed(outbox) == [2, 3]
    (row,) = desk.rows(Which(numbers=(1,)), waiting=False)
    assert (row.state, row.text) == ("skipped", "cancelled by the operator")
    assert desk.retry(Which(numbers=(1,)), NOW, WORTH) == 1
    assert desk.rows(Which(numbers=(1,)))[0].text == ""
    assert claimed(outbox) == [1]


def test_a_day_on_which_nothing_matched_is_not_retried(outbox: Outbox, desk: Desk) -> None:
    outbox.enqueue([plan(1, occasion="2026-08-21", skip="nothing matched (0 of 9)")])
    assert desk.retry(Which(states=(DeliveryState.SKIPPED,)), NOW, WORTH) == 0


def test_one_whose_answer_never_came_stays_uncertain_when_cancelled(
    outbox: Outbox, desk: Desk
) -> None:
    settle(outbox, DeliveryState.UNCERTAIN, again=True)
    desk.cancel(Which(), NOW)
    assert states(outbox) == {"uncertain": 3}
