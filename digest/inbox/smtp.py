"""The SMTP side of the inbox: takes any mail for anyone, over aiosmtpd."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from digest.inbox.mailbox import Mailbox

LARGEST_MESSAGE = 30_000_000  # octets, offered as SIZE (RFC 1870)


class Taking:
    """What the server does with a message; the names of the hooks are aiosmtpd's."""

    def __init__(self, mailbox: Mailbox, clock: Callable[[], datetime]) -> None:
        self._mailbox = mailbox
        self._clock = clock

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, name: str, offers: list[str]
    ) -> list[str]:
        """Offer PIPELINING (RFC 2920): commands are read line by line, none is thrown away."""
        del server, envelope
        session.host_name = name
        return [*offers[:-1], "250-PIPELINING", offers[-1]]

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message and answer with its number."""
        del server, session
        received = await self._mailbox.put(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            data=bytes(envelope.original_content or b""),
            received_at=self._clock(),
        )
        return f"250 2.0.0 kept as {received.id}"


class Connection(SMTP):
    """One client's connection."""

    def __init__(self, taking: Taking) -> None:
        super().__init__(
            taking,
            data_size_limit=LARGEST_MESSAGE,
            enable_SMTPUTF8=True,
            hostname="inbox.localhost",
            ident="Paper Digest inbox",
            loop=asyncio.get_running_loop(),
        )
        self._ended = asyncio.Event()

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the client."""
        super().connection_lost(error)
        self._ended.set()

    async def cut(self) -> None:
        """End it at once, so that stopping does not wait for the client."""
        if self.transport is not None:
            # A TCP transport of any event loop; uvloop's share no base class with asyncio's.
            cast("asyncio.WriteTransport", self.transport).abort()
            await self._ended.wait()
