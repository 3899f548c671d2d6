"""What follows an attempt: pure, from the delivery, its outcome and the clock."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import Delivery, DeliveryState, Outcome
from digest.settings import Delivering


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a row of the outbox advances.

    Attributes:
        next_attempt_at: None ends the delivery.
    """

    state: DeliveryState
    next_attempt_at: datetime | None
    code: int
    enhanced: str
    text: str


def settle(delivery: Delivery, outcome: Outcome, now: datetime, settings: Delivering) -> Settlement:
    """The row's next state.

    A deferred delivery is tried again until it expires. One whose answer never came is tried
    once more, since it has probably arrived.
    """
    if outcome.state is DeliveryState.UNCERTAIN and delivery.uncertain > 0:
        return _ended(outcome.state, outcome)
    if outcome.state not in (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN):
        return _ended(outcome.state, outcome)
    again = now + delay(delivery.id, delivery.attempts, settings)
    if delivery.expires_at is not None and again >= delivery.expires_at:
        given_up = outcome.state is DeliveryState.DEFERRED
        return _ended(DeliveryState.FAILED if given_up else outcome.state, outcome)
    return Settlement(outcome.state, again, outcome.code, outcome.enhanced, outcome.text)


def delay(number: int, attempts: int, settings: Delivering) -> timedelta:
    """How long to wait after so many attempts: doubling, with a jitter of a quarter.

    The jitter is derived from the delivery's number, so that a crowd that was deferred
    together does not come back together, and the same question has the same answer.
    """
    first = settings.first_retry_minutes
    doublings = min(max(attempts, 1) - 1, 16)
    minutes: float = min(first * 2**doublings, settings.longest_retry_minutes)
    fraction = zlib.crc32(f"{number}:{attempts}".encode()) / 2**32
    # The bounds of the settings hold with the jitter, too.
    jittered = minutes * (0.75 + 0.5 * fraction)
    return timedelta(minutes=min(max(jittered, first), settings.longest_retry_minutes))


def _ended(state: DeliveryState, outcome: Outcome) -> Settlement:
    return Settlement(state, None, outcome.code, outcome.enhanced, outcome.text)
