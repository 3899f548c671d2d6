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
from dataclasses import dataclass
from typing import cast

from digest.delivery import envelope
from digest.delivery.envelope import Features
from digest.delivery.reply import MalformedReply, Reply, ReplyReader
from digest.delivery.transaction import (
    START_MAIL,
    Command,
    Step,
    Transaction,
    Verdict,
    deferred,
    outcome_of,
    uncertain,
)
from digest.model import Message, Outcome

_DOT_AT_START = re.compile(rb"(?m)^\.")
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds to wait for an answer."""

    command: float = 30.0
    body: float = 600.0


Done = Callable[["Connection", Verdict], None]


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
        self._replies: deque[Reply] = deque()  # that came, and were not looked at yet
        self._current: Transaction | None = None
        self._done: Done = lambda _connection, _verdict: None
        self._unsent = False  # the transport still holds octets of ours
        self._dirty = False  # the server may still hold an envelope that was refused

    @property
    def alive(self) -> bool:
        """Whether it can take a message."""
        return self._transport is not None and not self._transport.is_closing()

    def submit(self, message: Message, done: Done) -> None:
        """Begins a transaction; `done` hears how it ended, once."""
        self.sent += 1
        current = Transaction(message, self._commands(message))
        impossible = envelope.objection(message, self.features)
        self._current, self._done = current, done
        if impossible:
            self._finish(current, Step.MAIL, impossible)
        elif not self.alive:
            self._finish(current, Step.MAIL, deferred("the connection was closed"))
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
        # With next to no room, `pause_writing` tells whether all octets have left; with none at
        # all, TLS would pause and resume in turns while nothing is held back.
        self._transport.set_write_buffer_limits(high=1, low=0)

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
            self._replies.extend(self._reader.feed(data))
        except MalformedReply as error:
            self.abort(f"the server does not speak SMTP: {error}")
            return
        replies = self._replies
        while replies and self._transport is not None:
            self._answered(replies.popleft())

    # The transaction

    def _commands(self, message: Message) -> deque[Command]:
        last = (Step.BODY, envelope.bdat(message)) if self.features.chunking else _DATA
        commands: deque[Command] = deque(
            (
                (Step.MAIL, (envelope.mail(message, self.features),)),
                (Step.RCPT, (envelope.rcpt(message, self.features),)),
                last,
            )
        )
        if self._dirty:
            commands.appendleft((Step.RESET, (b"RSET\r\n",)))
        return commands

    def _advance(self, current: Transaction) -> None:
        """Writes the commands that may leave now: all of them, or the next one."""
        if self.features.pipelining:
            steps = [step for step, _ in current.commands]
            parts = [part for _, parts in current.commands for part in parts]
            current.commands.clear()
            self._write(current, parts, *steps)
        elif current.commands:
            step, some = current.commands.popleft()
            self._write(current, some, step)

    def _write(self, current: Transaction, parts: Sequence[bytes], *awaited: Step) -> None:
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
            step = current.awaited.popleft()
            why = current.examine(step, reply)
            if why:
                self._confused(current, why)
            else:
                self._follow(current, step, reply)

    def _follow(self, current: Transaction, step: Step, reply: Reply) -> None:
        if reply.refuses:
            current.refuse(step, reply)
        if step is Step.BODY or (
            current.refused and not current.awaited and reply.code != START_MAIL
        ):
            self._conclude(current, reply)
        elif not current.awaited:
            if self._surplus:
                self._confused(current, "the server answered what it had not been asked yet")
            elif step is Step.DATA:
                self._send_body(current)
            else:
                self._advance(current)

    @property
    def _surplus(self) -> bool:
        """Whether more has come than was asked for, once all that was asked is answered."""
        return bool(self._replies) or self._reader.partial

    def _confused(self, current: Transaction, why: str) -> None:
        """Answers and commands do not match: nothing that was said of this message is trusted."""
        current.refused = None
        self.abort(why)

    def _send_body(self, current: Transaction) -> None:
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

    def _conclude(self, current: Transaction, reply: Reply) -> None:
        step, decisive = current.refused or (Step.BODY, reply)
        # A server may keep an envelope that it refused, and after BDAT nobody knows (RFC 3030).
        self._dirty = not decisive.positive
        outcome = outcome_of(decisive)
        if self._surplus:
            dismissed = bool(self._replies) and self._replies[0].code == 421
            if decisive.positive and not (current.in_step or dismissed):
                outcome = uncertain(f"the server answered once too often: {reply}")
            self.close()
        self._finish(current, step, outcome)

    def _dismissed(self, current: Transaction | None, reply: Reply) -> None:
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
            self._finish(current, step, outcome_of(reply))
        elif current.begun and not self._unsent:
            self._finish(current, Step.BODY, uncertain(why))
        else:
            step = current.awaited[0] if current.awaited else Step.MAIL
            self._finish(current, step, deferred(why))

    def _finish(self, current: Transaction, step: Step, outcome: Outcome) -> None:
        self._current = None
        self.deadline, self.used = NEVER, self._loop.time()
        self._done(self, Verdict(outcome, step, current.begun, self.alive))


_DATA = (Step.DATA, (b"DATA\r\n",))
