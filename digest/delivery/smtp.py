"""The transaction on the wire: one message after another over a connection that stands.

aiosmtplib makes the connection (`digest.delivery.connect`); its protocol reads one reply at a
time, so what follows is a protocol of ours on the same transport. MAIL, RCPT and DATA leave in
one write where the server offers PIPELINING (RFC 2920), and the message with them where it
offers CHUNKING (RFC 3030). There is no task and no timer for a message: a reply calls the next
step, and one watcher looks at the deadlines of all connections.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import cast

from digest.delivery import envelope
from digest.delivery.envelope import Features
from digest.delivery.reply import MalformedReply, Reply, ReplyReader
from digest.model import DeliveryState, Message, Outcome

_DOT_AT_START = re.compile(rb"(?m)^\.")
NEVER = float("inf")


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


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds to wait for an answer."""

    command: float = 30.0
    body: float = 600.0


#: What to write, in parts, and for what the reply is then awaited.
_Command = tuple["Step", tuple[bytes, ...]]
Done = Callable[["Connection", Verdict], None]


@dataclass(slots=True)
class _Transaction:
    """One message under way."""

    message: Message
    done: Done
    commands: deque[_Command]
    awaited: deque[Step] = field(default_factory=deque)
    refused: tuple[Step, Reply] | None = None
    begun: bool = False

    def refuse(self, step: Step, reply: Reply) -> None:
        """The first refusal is the one that tells."""
        self.refused = self.refused or (step, reply)


class Connection(asyncio.Protocol):
    """An open connection that takes one message at a time.

    Args:
        features: what the server offers.
        deadlines: how long its answers may take.
        lost: told when an idle connection ends.
    """

    def __init__(
        self, features: Features, deadlines: Deadlines, lost: Callable[[Connection], None]
    ) -> None:
        self.features = features
        self.sent = 0  # messages, taken or not
        self.opened = self.used = 0.0  # when it was opened, and when it last ended a message
        self.deadline = NEVER
        self._deadlines = deadlines
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader = ReplyReader()
        self._current: _Transaction | None = None
        self._unsent = False  # the transport still holds octets of ours
        self._dirty = False  # the server may still hold an envelope that was refused

    @property
    def alive(self) -> bool:
        """Whether it can take a message."""
        return self._transport is not None and not self._transport.is_closing()

    def submit(self, message: Message, done: Done) -> None:
        """Begins a transaction; `done` hears how it ended, once."""
        self.sent += 1
        current = _Transaction(message, done, self._commands(message))
        impossible = envelope.objection(message, self.features)
        self._current = current
        if impossible:
            self._finish(current, Step.MAIL, impossible)
        elif not self.alive:
            self._finish(current, Step.MAIL, _deferred("the connection was closed"))
        else:
            self._dirty = False
            self._advance(current)

    def abort(self, why: str) -> None:
        """Ends the connection at once; a message under way becomes deferred or uncertain."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self._broken(why)

    def close(self) -> None:
        """Says goodbye, and closes when the transport has said it."""
        transport, self._transport = self._transport, None
        if transport is not None and not transport.is_closing():
            transport.write(b"QUIT\r\n")
            transport.close()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes over an open transport."""
        self._transport = cast(asyncio.Transport, transport)
        self.opened = self.used = self._loop.time()
        # With no room at all, `pause_writing` tells exactly whether all octets have left.
        self._transport.set_write_buffer_limits(high=0)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone."""
        self._transport = None
        self._broken(f"the connection was lost: {exc}" if exc else "the server hung up")

    def pause_writing(self) -> None:
        """Octets are held back."""
        self._unsent = True

    def resume_writing(self) -> None:
        """All octets have left."""
        self._unsent = False

    def data_received(self, data: bytes) -> None:
        """Replies came."""
        try:
            replies = self._reader.feed(data)
        except MalformedReply as error:
            self.abort(f"the server does not speak SMTP: {error}")
            return
        for reply in replies:
            self._answered(reply)

    # The transaction

    def _commands(self, message: Message) -> deque[_Command]:
        last = (Step.BODY, envelope.bdat(message)) if self.features.chunking else _DATA
        commands: deque[_Command] = deque(
            (
                (Step.MAIL, (envelope.mail(message, self.features),)),
                (Step.RCPT, (envelope.rcpt(message, self.features),)),
                last,
            )
        )
        if self._dirty:
            commands.appendleft((Step.RESET, (b"RSET\r\n",)))
        return commands

    def _advance(self, current: _Transaction) -> None:
        """Writes the commands that may leave now: all of them, or the next one."""
        if self.features.pipelining:
            steps = [step for step, _ in current.commands]
            parts = [part for _, parts in current.commands for part in parts]
            current.commands.clear()
            self._write(current, parts, *steps)
        elif current.commands:
            step, some = current.commands.popleft()
            self._write(current, some, step)

    def _write(self, current: _Transaction, parts: Sequence[bytes], *awaited: Step) -> None:
        body = awaited[-1] is Step.BODY
        current.begun = current.begun or body
        current.awaited.extend(awaited)
        seconds = self._deadlines.body if body else self._deadlines.command
        self.deadline = self._loop.time() + seconds
        if self._transport is not None:
            self._transport.write(b"".join(parts))

    def _answered(self, reply: Reply) -> None:
        current = self._current
        if reply.code == 421:
            self._dismissed(current, reply)
        elif current is None or not current.awaited:
            self.abort(f"the server spoke unasked: {reply}")
        else:
            self._follow(current, current.awaited.popleft(), reply)

    def _follow(self, current: _Transaction, step: Step, reply: Reply) -> None:
        if step is Step.DATA and reply.code == 354:
            self._send_body(current)
            return
        if not reply.positive or step is Step.DATA:
            current.refuse(step, reply)
        if step is Step.BODY or (current.refused and not current.awaited):
            self._conclude(current, reply)
        elif not self.features.pipelining:
            self._advance(current)

    def _send_body(self, current: _Transaction) -> None:
        """After 354: the message, or nothing where the envelope was refused before."""
        if current.refused:
            current.awaited.append(Step.BODY)
            if self._transport is not None:
                self._transport.write(b".\r\n")
            return
        data = current.message.data
        if not current.message.vouched:
            data = _DOT_AT_START.sub(b"..", data)
        end = b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"
        self._write(current, (data, end), Step.BODY)

    def _conclude(self, current: _Transaction, reply: Reply) -> None:
        step, decisive = current.refused or (Step.BODY, reply)
        # A server may keep an envelope that it refused, and after BDAT nobody knows (RFC 3030).
        self._dirty = not decisive.positive
        self._finish(current, step, _outcome(decisive))

    def _dismissed(self, current: _Transaction | None, reply: Reply) -> None:
        """After 421 the server closes, and so do we."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
        if current is not None:
            current.refuse(current.awaited[0] if current.awaited else Step.MAIL, reply)
        self._broken(str(reply))

    def _broken(self, why: str) -> None:
        current = self._current
        if current is None:
            self._lost(self)
        elif current.refused is not None:
            step, reply = current.refused
            self._finish(current, step, _outcome(reply))
        elif current.begun and not self._unsent:
            uncertain = Outcome(state=DeliveryState.UNCERTAIN, text=why)
            self._finish(current, Step.BODY, uncertain)
        else:
            step = current.awaited[0] if current.awaited else Step.MAIL
            self._finish(current, step, _deferred(why))

    def _finish(self, current: _Transaction, step: Step, outcome: Outcome) -> None:
        self._current = None
        self.deadline, self.used = NEVER, self._loop.time()
        current.done(self, Verdict(outcome, step, current.begun, self.alive))


_DATA = (Step.DATA, (b"DATA\r\n",))


@lru_cache(maxsize=256)
def _outcome(reply: Reply) -> Outcome:
    if reply.positive:
        state = DeliveryState.ACCEPTED
    elif reply.transient:
        state = DeliveryState.DEFERRED
    else:
        state = DeliveryState.BOUNCED
    return Outcome(state=state, code=reply.code, enhanced=reply.enhanced, text=reply.text)


def _deferred(why: str) -> Outcome:
    return Outcome(state=DeliveryState.DEFERRED, text=why)
