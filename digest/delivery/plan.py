"""What is to be sent, and whether it still may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from subscribers.address import comparable_domain
from subscribers.consent import may_receive_digests
from subscribers.model import SubscriptionStatus

GOODBYE = "goodbye"
# Mails that a person asked for by an action of their own: they are written whatever the status.
TRANSACTIONAL = frozenset({"confirm", GOODBYE, "change_address", "new_address", "export", "erase"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One message that is to be sent, once.

    Attributes:
        subscriber_id: whose it is.
        kind: `daily`, `weekly`, `confirm`, …
        occasion: the edition's date, an ISO week, a request's id; never empty.
        recipient: the address as it will stand on the envelope.
        planned_at: gives the message its Date and the signature's time.
        due_at: before this instant it is not sent.
        expires_at: from this instant on it is not sent any more.
        snapshot: key of what the selection was made from, None where nothing is kept.
        selection: what the message is made of; only its maker reads it.
        template: the template's name.
        template_hash: of the template's sources.
        key_id: of the key that the links are derived from.
        skip: why it is not sent at all, "" for what is to be sent: so the ledger says, too,
            who got nothing and why.
    """

    subscriber_id: int
    kind: str
    occasion: str
    recipient: str
    planned_at: datetime
    due_at: datetime
    expires_at: datetime
    snapshot: int | None = None
    selection: str = field(default="", repr=False)
    template: str = ""
    template_hash: str = ""
    key_id: int = 0
    skip: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What counts about a subscriber at the moment of a claim.

    Many share one, and what follows from it is found by it: so it is equal to itself alone.
    """

    status: SubscriptionStatus
    suppressed: bool
    resting_until: datetime | None


def objection(kind: str, standing: Standing | None, now: datetime) -> str:
    """Why nothing of this kind may be sent to a subscriber now, "" where it may."""
    if standing is None:
        return "the subscriber is gone"
    if standing.suppressed:
        return "the address is suppressed"
    if kind == GOODBYE and standing.status is not SubscriptionStatus.UNSUBSCRIBED:
        return "the subscription was taken up again"
    if kind in TRANSACTIONAL:
        return ""
    if not may_receive_digests(standing.status):
        return f"the subscriber is {standing.status}"
    if standing.resting_until is not None and standing.resting_until > now:
        return f"the address rests until {standing.resting_until:%Y-%m-%d} after soft bounces"
    return ""


def domain_of(recipient: str) -> str:
    """The domain by which a delivery is paced, held and shown, however it is written."""
    return comparable_domain(recipient.rpartition("@")[2])


@lru_cache(maxsize=256)
def reason(kind: str, standing: Standing, expires: datetime | None, now: datetime) -> str:
    """Why a delivery is not sent now, "" where it is: an objection, or that it is out of date.

    It is found once for all deliveries of a claim whose readers stand alike.
    """
    stale = expires is not None and expires <= now
    late = f"out of date since {expires:%Y-%m-%d %H:%M} UTC" if stale else ""
    return objection(kind, standing, now) or late
