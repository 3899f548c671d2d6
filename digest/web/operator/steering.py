"""What the operator can do to one subscriber, and what has to be known before.

Each is a function of the installation and the subscriber that says in words what became of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from digest.app import App
from digest.web.errors import TheirOwnWill
from subscribers.consent import Action
from subscribers.model import Consent, Subscriber, SuppressionReason
from subscribers.signup import RECEIVING

_THEIRS = (SuppressionReason.COMPLAINT, SuppressionReason.ERASED)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form says beside the action.

    Attributes:
        why: for whoever asks later.
        force: also against a person's own earlier word.
    """

    why: str = ""
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Steer:
    """One action.

    Attributes:
        name: of the act in the audit log, as the command line calls it.
        button: its words.
        asks: the question before it is done.
        means: what follows from it.
        danger: whether it cannot be taken back, or takes something from the reader.
        reason: whether it takes a reason.
        forced: whether it can go against a person's own earlier word.
    """

    name: str
    button: str
    asks: str
    means: str
    do: Callable[[App, Subscriber, Wish], str]
    danger: bool = False
    reason: bool = False
    forced: bool = False


def _move(action: Action, done: str) -> Callable[[App, Subscriber, Wish], str]:
    def do(app: App, reader: Subscriber, wish: Wish) -> str:
        del wish
        app.subscribers.change(reader.id, given(app, action))
        return done

    return do


def given(app: App, action: Action) -> Consent:
    """What the operator did, for the subscription's record."""
    return Consent(action=action, at=app.now(), source="operator")


def _suppress(app: App, reader: Subscriber, wish: Wish) -> str:
    app.subscribers.suppress(reader.email, SuppressionReason.OPERATOR, app.now(), wish.why)
    return "Nothing is sent to this address from now on."


def _unsuppress(app: App, reader: Subscriber, wish: Wish) -> str:
    found = app.subscribers.suppression(reader.email)
    if found and found.reason in _THEIRS and not wish.force:
        raise TheirOwnWill(reason=found.reason, since=f"{found.at:%Y-%m-%d}")
    lifted = app.subscribers.unsuppress(reader.email)
    return "Mail may go to this address again." if lifted else "It was not suppressed."


def _erase(app: App, reader: Subscriber, wish: Wish) -> str:
    del wish
    app.subscribers.remove(reader.id, app.now())
    return "Erased; a keyed hash of the address stays, so that it is never written to."


def _ask_to_confirm(app: App, reader: Subscriber, wish: Wish) -> str:
    del wish
    if reader.status in RECEIVING:
        return "Has confirmed already; nothing was sent."
    if app.subscribers.suppression(reader.email):
        return "Is suppressed; nothing was sent."
    asked = app.ask_to_confirm(reader)
    return "A mail with a fresh link is planned." if asked else "Was asked today already."


STEERS = {
    "pause": Steer(
        name="subscriber pause",
        button="Pause",
        asks="Pause their digests?",
        means="They get no digest until they, or you, resume.",
        do=_move(Action.PAUSE, "Paused."),
    ),
    "resume": Steer(
        name="subscriber resume",
        button="Resume",
        asks="Send them digests again?",
        means="Their next digest comes at their next hour.",
        do=_move(Action.RESUME, "Gets digests again."),
    ),
    "confirmation": Steer(
        name="subscriber ask",
        button="Send a fresh confirmation",
        asks="Ask them to confirm?",
        means="Each gets one mail with a link, at most one a day.",
        do=_ask_to_confirm,
    ),
    "suppress": Steer(
        name="subscriber suppress",
        button="Suppress",
        asks="Suppress these addresses?",
        means="Nothing is sent to them from now on, whoever asks.",
        do=_suppress,
        danger=True,
        reason=True,
    ),
    "unsuppress": Steer(
        name="subscriber unsuppress",
        button="Unsuppress",
        asks="Let mail go to these addresses again?",
        means="Their soft bounces are forgotten, too.",
        do=_unsuppress,
        forced=True,
    ),
    "remove": Steer(
        name="subscriber remove",
        button="Unsubscribe",
        asks="Unsubscribe them?",
        means="Nothing is sent to them any more; their history stays.",
        do=_move(Action.UNSUBSCRIBE, "Unsubscribed."),
        danger=True,
    ),
    "erase": Steer(
        name="subscriber erase",
        button="Erase",
        asks="Erase all that is kept of them?",
        means="Topics, history and deliveries are gone for good. It cannot be taken back.",
        do=_erase,
        danger=True,
    ),
}
