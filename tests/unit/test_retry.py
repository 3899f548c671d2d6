from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.retry import delay, settle
from digest.model import Delivery, DeliveryState, Outcome
from digest.settings import Delivering

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
ROW = Delivery(
    id=7,
    subscriber_id=1,
    kind="daily",
    occasion="2026-08-20",
    recipient="reader@example.org",
    state=DeliveryState.SENDING,
    planned_at=NOW,
    expires_at=NOW + timedelta(days=2),
    attempts=1,
)


def row(**changes: Any) -> Delivery:
    return ROW._replace(**changes)


@given(number=st.integers(1, 10**9), attempts=st.integers(1, 30))
def test_retries_come_between_five_minutes_and_four_hours(number: int, attempts: int) -> None:
    wait = delay(number, attempts, Delivering())
    assert timedelta(minutes=5) <= wait <= timedelta(hours=4)


def test_a_crowd_does_not_come_back_at_once() -> None:
    waits = {delay(number, 3, Delivering()) for number in range(100)}
    assert len(waits) == 100


def test_retries_come_later_and_later() -> None:
    waits = [delay(1, attempts, Delivering()) for attempts in (1, 3, 5)]
    assert waits == sorted(waits)


@pytest.mark.parametrize("state", ["accepted", "bounced", "failed"])
def test_a_final_answer_ends_a_delivery(state: str) -> None:
    end = settle(ROW, Outcome(state=DeliveryState(state)), NOW, Delivering())
    assert (end.state, end.next_attempt_at) == (state, None)


def test_a_deferred_delivery_is_tried_again() -> None:
    end = settle(ROW, Outcome(state=DeliveryState.DEFERRED, code=451), NOW, Delivering())
    assert end.state is DeliveryState.DEFERRED
    assert end.next_attempt_at
    assert end.next_attempt_at > NOW


def test_a_deferred_delivery_fails_when_its_edition_is_stale() -> None:
    late = row(expires_at=NOW + timedelta(minutes=1))
    end = settle(late, Outcome(state=DeliveryState.DEFERRED, text="busy"), NOW, Delivering())
    assert (end.state, end.next_attempt_at, end.text) == (DeliveryState.FAILED, None, "busy")


def test_an_answer_that_never_came_is_retried_once() -> None:
    unknown = Outcome(state=DeliveryState.UNCERTAIN, text="the server hung up")
    assert settle(ROW, unknown, NOW, Delivering()).next_attempt_at
    again = settle(row(uncertain=1), unknown, NOW, Delivering())
    assert (again.state, again.next_attempt_at) == (DeliveryState.UNCERTAIN, None)
