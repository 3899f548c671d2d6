"""Messages, and what becomes of them on their way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready for the wire.

    Attributes:
        message_id: with its angle brackets; the same at every rendering.
        sender: the envelope's return path.
        recipient: the envelope's address.
        data: the whole RFC 5322 message: CRLF line ends, ASCII only, no line over 998
            octets, no line beginning with a dot (so that DATA needs no stuffing and BDAT
            sends the same octets).
        envelope_id: for DSN (RFC 3461), "" for none.
        vouched: the maker vouches that `data` is ASCII and that no line begins with a dot,
            which saves passes over it.
    """

    message_id: str
    sender: str
    recipient: str
    data: bytes
    envelope_id: str = ""
    vouched: bool = False


class DeliveryState(StrEnum):
    """Where a delivery stands in the outbox."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"
    HELD = "held"  # by the operator, until they release it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt to deliver.

    Attributes:
        state: accepted, deferred, bounced, failed or uncertain.
        code: the server's reply code, 0 where there was none.
        enhanced: the enhanced status code (RFC 3463), "" where there was none.
        text: the server's words, or what went wrong.
    """

    state: DeliveryState
    code: int = 0
    enhanced: str = ""
    text: str = ""


class Delivery(NamedTuple):
    """One row of the outbox; a tuple, since each that is ever sent is made once a claim.

    Attributes:
        kind: `daily`, `weekly`, `confirm`, `welcome`, `goodbye`, …
        occasion: never empty; (subscriber_id, kind, occasion) is unique.
        planned_at: gives the message its Date; UTC.
        due_at: before this instant it is not sent.
        expires_at: from this instant on it is not sent any more.
        attempts: how often it was taken up to be sent, the present attempt included.
        uncertain: how many of these ended without the server's answer.
        token: the fencing token of the claim; it grows with each.
        settled_at: when the last answer was written down; None before the first.
        snapshot: key of what the selection was made from, None where nothing is kept.
        selection: what the message is made of, as its maker wrote it.
        template: the template's name; `template_hash` is what it was when it was planned.
        key_id: of the key that the links are derived from.
    """

    id: int
    subscriber_id: int
    kind: str
    occasion: str
    recipient: str
    state: DeliveryState
    planned_at: datetime
    due_at: datetime | None = None
    expires_at: datetime | None = None
    attempts: int = 0
    uncertain: int = 0
    token: int = 0
    next_attempt_at: datetime | None = None
    code: int = 0
    enhanced: str = ""
    text: str = ""
    settled_at: datetime | None = None
    snapshot: int | None = None
    selection: str = ""
    template: str = ""
    template_hash: str = ""
    key_id: int = 0

    def __repr__(self) -> str:
        """Without the selection, which holds what a reader asked for."""
        told = {**self._asdict(), "selection": "…"}
        return f"Delivery({', '.join(f'{name}={value!r}' for name, value in told.items())})"
