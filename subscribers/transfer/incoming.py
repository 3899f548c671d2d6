"""One line of a file as a subscriber: what other programs' words for a standing mean here.

* listmonk exports `uuid, email, name, attributes, status, created_at, updated_at` with the
  statuses enabled, disabled and blocklisted.
* Mailchimp exports an audience as files of subscribed, unsubscribed, cleaned and non-subscribed
  contacts; what a file is, its columns say (`UNSUB_TIME`, `CLEAN_TIME`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from subscribers.model import (
    Consent,
    Subscriber,
    SubscriptionStatus,
    SuppressionReason,
)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not taken: its number, from 1 with the header, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Barred:
    """That nothing may be sent to an address, by the file's word."""

    reason: SuppressionReason
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A good line.

    Attributes:
        line: its number in the file.
        subscriber: with normalised address and status, and when they came and agreed.
        history: their consent as the file tells it, in order.
        barred: None where mail may be sent.
        soft_bounces: so many in a row.
        resting_until: nothing is sent before this instant.
        given: the choices that the file tells, by name; the others are defaults.
    """

    line: int
    subscriber: Subscriber
    history: tuple[Consent, ...]
    barred: Barred | None = None
    soft_bounces: int = 0
    resting_until: datetime | None = None
    given: frozenset[str] = frozenset()

    @property
    def left_at(self) -> datetime | None:
        """When the person left, where the file says that they did and when."""
        if self.subscriber.status is not SubscriptionStatus.UNSUBSCRIBED:
            return None
        times = [line.at for line in self.history if line.action == "unsubscribe"]
        return times[-1] if times else None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a word for a standing means here."""

    status: SubscriptionStatus
    barred: SuppressionReason | None = None


_RECEIVES = Standing(SubscriptionStatus.CONFIRMED)
_LEFT = Standing(SubscriptionStatus.UNSUBSCRIBED)
_ASKED = Standing(SubscriptionStatus.UNCONFIRMED)
_BARRED = Standing(SubscriptionStatus.UNSUBSCRIBED, SuppressionReason.OPERATOR)
_GONE = Standing(SubscriptionStatus.CONFIRMED, SuppressionReason.BOUNCE)

#: Words for a standing, ours and others'.
STANDINGS = {
    "confirmed": _RECEIVES,
    "subscribed": _RECEIVES,
    "enabled": _RECEIVES,
    "active": _RECEIVES,
    "unconfirmed": _ASKED,
    "pending": _ASKED,
    # Set aside by an operator, not by the person, who can resume by themselves.
    "paused": Standing(SubscriptionStatus.PAUSED),
    "disabled": Standing(SubscriptionStatus.PAUSED),
    "unsubscribed": _LEFT,
    "inactive": _LEFT,
    "blocklisted": _BARRED,
    "blacklisted": _BARRED,
    "cleaned": _GONE,
    "bounced": _GONE,
    "complained": Standing(SubscriptionStatus.UNSUBSCRIBED, SuppressionReason.COMPLAINT),
}
