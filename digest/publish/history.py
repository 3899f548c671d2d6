"""A subscriber's whole history in one order: consent, deliveries, bounces, the operator's acts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.audit import Act
from digest.model import Delivery, DeliveryState
from subscribers.model import Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a history.

    Attributes:
        at: when, in UTC.
        what: `consent`, `delivery`, `bounce` or `act`.
        detail: what exactly.
        outcome: how it ended, with the server's words; "" where nothing is to say.
    """

    at: datetime
    what: str
    detail: str
    outcome: str = ""


def events(
    consents: Sequence[Consent], deliveries: Sequence[Delivery], acts: Sequence[Act]
) -> list[Event]:
    """All of it in the order of time, the earliest first."""
    return sorted(_events(consents, deliveries, acts), key=lambda event: event.at)


def _events(
    consents: Sequence[Consent], deliveries: Sequence[Delivery], acts: Sequence[Act]
) -> Iterator[Event]:
    for c in consents:
        yield Event(at=c.at, what="consent", detail=f"{c.action} ({c.source})")
    for d in deliveries:
        what = "bounce" if d.state is DeliveryState.BOUNCED else "delivery"
        at = d.settled_at or d.planned_at
        yield Event(at=at, what=what, detail=f"{d.kind} {d.occasion}", outcome=_outcome(d))
    for a in acts:
        yield Event(at=a.at, what="act", detail=f"{a.action} by {a.who}", outcome=a.detail)


def _outcome(delivery: Delivery) -> str:
    code = f"{delivery.code} " if delivery.code else ""
    said = f": {code}{delivery.text}" if code or delivery.text else ""
    return f"{delivery.state}{said}"
