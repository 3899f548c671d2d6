"""One message's way over a connection: what was asked, and what an answer says of it.

A reply does not name the command that it answers: only their order tells. So one reply too many
is taken for the answer to the next command, and so on, and what a server says of one message
would be booked for another. DATA is the mark by which that is noticed, since 354 answers nothing
else and nothing else answers it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache

from digest.delivery.reply import Reply
from digest.model import DeliveryState, Message, Outcome

START_MAIL = 354
_VALID_RECIPIENT = "2.1.5"  # RFC 3463: what RCPT is told, and nothing else


class Step(Enum):
    """What a reply is awaited for."""

    RESET = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    BODY = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one transaction ended.

    Attributes:
        outcome: of the message.
        step: what the server refused, BODY where it took the message.
        begun: the message's octets had begun to leave.
        alive: the connection can take the next message.
    """

    outcome: Outcome
    step: Step
    begun: bool
    alive: bool


#: What to write, in parts, and for what the reply is then awaited.
Command = tuple[Step, tuple[bytes, ...]]


@dataclass(slots=True)
class Transaction:
    """One message under way.

    Attributes:
        commands: that are not written yet.
        awaited: what replies are due for, in their order.
        refused: the first refusal, and of what.
        begun: the message's octets have begun to leave.
        in_step: an answer has come that answers nothing but its own command.
    """

    message: Message
    commands: deque[Command]
    awaited: deque[Step] = field(default_factory=deque)
    refused: tuple[Step, Reply] | None = None
    begun: bool = False
    in_step: bool = False

    def examine(self, step: Step, reply: Reply) -> str:
        """Why a reply cannot be the answer to a step, "" where it can."""
        if reply.positive:
            if step is Step.RCPT:
                self.in_step = reply.enhanced == _VALID_RECIPIENT
            # BDAT knows no 354: what RCPT should have been told tells that all is off by one.
            late = step is Step.BODY and not self.in_step and reply.enhanced == _VALID_RECIPIENT
            fits = step is not Step.DATA and not late
        elif reply.refuses:
            fits = step is not Step.RESET  # RFC 5321: nothing but 250 answers it
        else:
            fits = self.in_step = step is Step.DATA and reply.code == START_MAIL
        return "" if fits else f"the server's answer to {_NAMES[step]} is none: {reply}"

    def refuse(self, step: Step, reply: Reply) -> None:
        """The first refusal is the one that tells."""
        self.refused = self.refused or (step, reply)


_NAMES = {
    Step.RESET: "RSET",
    Step.MAIL: "MAIL",
    Step.RCPT: "RCPT",
    Step.DATA: "DATA",
    Step.BODY: "the message",
}


@lru_cache(maxsize=256)
def outcome_of(reply: Reply) -> Outcome:
    """What the decisive reply makes of a message."""
    if reply.positive:
        state = DeliveryState.ACCEPTED
    elif reply.transient:
        state = DeliveryState.DEFERRED
    else:
        state = DeliveryState.BOUNCED
    return Outcome(state=state, code=reply.code, enhanced=reply.enhanced, text=reply.text)


def deferred(why: str) -> Outcome:
    """What has not gone, and may go later."""
    return Outcome(state=DeliveryState.DEFERRED, text=why)


def uncertain(why: str) -> Outcome:
    """What has left, and nobody knows whether it was taken."""
    return Outcome(state=DeliveryState.UNCERTAIN, text=why)
