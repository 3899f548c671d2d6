"""How a subscription moves: pure transitions, from a status and an action to a status."""

from __future__ import annotations

from enum import StrEnum

from subscribers.errors import InvalidTransition
from subscribers.model import SubscriptionStatus as Status


class Action(StrEnum):
    """What a reader or the operator does to a subscription."""

    SUBSCRIBE = "subscribe"  # asked for; the person at the address has still to agree
    ADD = "add"  # by the operator, who vouches for the person's agreement
    CONFIRM = "confirm"
    PAUSE = "pause"
    RESUME = "resume"
    UNSUBSCRIBE = "unsubscribe"


# An action that is missing for a status is impossible from there. An action that leads back
# to the same status is allowed and changes nothing: links are opened twice.
_TRANSITIONS: dict[Action, dict[Status | None, Status]] = {
    Action.SUBSCRIBE: {
        None: Status.UNCONFIRMED,
        Status.UNCONFIRMED: Status.UNCONFIRMED,
        Status.UNSUBSCRIBED: Status.UNCONFIRMED,
        # Someone typed the address of a reader: it stays as it is.
        Status.CONFIRMED: Status.CONFIRMED,
        Status.PAUSED: Status.PAUSED,
    },
    Action.ADD: {None: Status.CONFIRMED, Status.UNCONFIRMED: Status.CONFIRMED},
    Action.CONFIRM: {
        Status.UNCONFIRMED: Status.CONFIRMED,
        Status.CONFIRMED: Status.CONFIRMED,
        Status.PAUSED: Status.PAUSED,
    },
    Action.PAUSE: {Status.CONFIRMED: Status.PAUSED, Status.PAUSED: Status.PAUSED},
    Action.RESUME: {Status.PAUSED: Status.CONFIRMED, Status.CONFIRMED: Status.CONFIRMED},
    Action.UNSUBSCRIBE: dict.fromkeys(Status, Status.UNSUBSCRIBED),
}


def after(status: Status | None, action: Action, *, email: str = "") -> Status:
    """The status that an action leads to; `None` is an address that is not known yet.

    Raises:
        InvalidTransition: the action is impossible from there.
    """
    try:
        return _TRANSITIONS[action][status]
    except KeyError:
        known = status or "not a subscriber"
        raise InvalidTransition(email=email, status=known, action=action) from None


def may_receive_digests(status: Status) -> bool:
    """Whether digests are sent in this status."""
    return status is Status.CONFIRMED
