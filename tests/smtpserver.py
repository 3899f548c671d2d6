"""An SMTP server that tests can spoil: it speaks the protocol and misbehaves where told to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from digest.loop import listen
from tests.ports import free_port

#: Answers a command in place of the server: the line to send, None to answer as usual.
Spoil = Callable[["Session", str], Awaitable[str | None]]

OFFERS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 10000000", "ENHANCEDSTATUSCODES")


@dataclass
class Received:
    """A message that the server took."""

    sender: str
    recipient: str
    data: bytes
    parameters: str = ""

    @property
    def message_id(self) -> str:
        """Of its header."""
        for line in self.data.split(b"\r\n"):
            if line.lower().startswith(b"message-id:"):
                return line.partition(b":")[2].strip().decode()
        return ""


@dataclass
class Session:
    """One connection, as a spoiling function sees it."""

    server: FaultyServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    parameters: str = ""
    data: bytes = b""
    messages: int = 0
    tls: bool = False

    async def say(self, line: str) -> None:
        """Sends one reply."""
        self.writer.write(f"{line}\r\n".encode())
        await self.writer.drain()

    def hang_up(self) -> None:
        """Ends the connection without a word."""
        self.writer.transport.abort()
        raise ConnectionResetError

    def forget(self) -> None:
        """Ends the envelope."""
        self.sender, self.recipients, self.data = "", [], b""


class FaultyServer:
    """Listens on a port of its own; `async with` starts and ends it.

    Args:
        spoil: is asked before each command, with its name as `MAIL`, and with `BODY` when a
            message is whole and not yet answered.
        offers: EHLO's keywords.
        tls: offers STARTTLS with it, or speaks TLS at once where `implicit`.
        listening: a socket that is served in place of a new one on loopback.
    """

    def __init__(
        self,
        spoil: Spoil | None = None,
        offers: tuple[str, ...] = OFFERS,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        greeting: str = "220 test ESMTP",
        listening: socket.socket | None = None,
    ) -> None:
        self.spoil = spoil
        self.offers = offers
        self.tls = tls
        self.implicit = implicit
        self.greeting = greeting
        self.listening = listening
        self.greetings: list[str] = []  # said first, each once, before closing
        self.received: list[Received] = []
        self.lines: list[str] = []
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        context = self.tls if self.implicit else None
        listening = self.listening or listen("127.0.0.1", self.port or free_port())
        self._server = await asyncio.start_server(
            self._serve, sock=listening, ssl=context, limit=2**22
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def is_deserted(self) -> bool:
        """Whether all connections are closed, now or within two seconds."""
        for _ in range(100):
            if self.open:
                await asyncio.sleep(0.02)
        return not self.open

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        session = Session(self, reader, writer, self.connections, tls=self.implicit)
        try:
            if self.greetings:
                await session.say(self.greetings.pop())
                return
            await session.say(self.greeting)
            while await self._command(session):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()

    async def _command(self, session: Session) -> bool:
        line = (await session.reader.readuntil(b"\r\n")).decode("utf-8", "replace").strip()
        self.lines.append(line)
        verb = line.split(" ")[0].upper()
        answer = await self.spoil(session, verb) if self.spoil else None
        if verb == "BDAT":  # its octets follow whatever the answer is
            session.data += await session.reader.readexactly(int(line.split(" ")[1]))
        if answer is not None:
            await session.say(answer)
            return not answer.startswith("421")
        return await self._usual(session, verb, line)

    async def _usual(self, session: Session, verb: str, line: str) -> bool:
        if verb == "QUIT":
            await session.say("221 2.0.0 Bye")
            return False
        if verb == "STARTTLS":
            await self._start_tls(session)
        elif verb == "DATA":
            await self._data(session)
        elif verb == "BDAT" and session.recipients:
            await self._whole(session)
        else:
            await session.say(self._plain(session, verb, line))
        return True

    def _plain(self, session: Session, verb: str, line: str) -> str:
        if verb == "EHLO":
            tls = ("STARTTLS",) if self.tls and not session.tls else ()
            words = ("test", *self.offers, *tls)
            return "\r\n".join([f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"])
        if verb == "MAIL":
            session.forget()
            session.sender, _, session.parameters = line[len("MAIL FROM:<") :].partition(">")
        elif verb == "RCPT":
            session.recipients.append(line[len("RCPT TO:<") :].partition(">")[0])
        elif verb == "RSET":
            session.forget()
        elif verb == "AUTH":
            return "235 2.7.0 Welcome"
        elif verb == "BDAT":
            return "503 5.5.1 no recipient"
        return "250 2.0.0 Ok"

    async def _data(self, session: Session) -> None:
        if not session.recipients:
            await session.say("554 5.5.1 no valid recipients")
            return
        await session.say("354 go on")
        data = b""
        while not (data.endswith(b"\r\n.\r\n") or data == b".\r\n"):
            data += await session.reader.readuntil(b"\r\n")
        session.data = data[:-3].replace(b"\r\n..", b"\r\n.")
        await self._whole(session)

    async def _whole(self, session: Session) -> None:
        answer = await self.spoil(session, "BODY") if self.spoil else None
        if answer is None or answer.startswith("250"):
            self.take(session)
        session.messages += 1
        session.forget()
        await session.say(answer or f"250 2.0.0 Ok: queued as {len(self.received)}")

    def take(self, session: Session) -> None:
        """Counts the session's message as received."""
        self.received += [
            Received(session.sender, recipient, session.data, session.parameters)
            for recipient in session.recipients
        ]

    async def _start_tls(self, session: Session) -> None:
        assert self.tls
        await session.say("220 2.0.0 Go ahead")
        await session.writer.start_tls(self.tls)
        session.tls = True
