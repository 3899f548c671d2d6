"""Opening a connection: DNS, TLS, EHLO and AUTH by aiosmtplib, then ours.

No password leaves over a connection without verified TLS: TLS is asked for explicitly, since
left to itself the library signs in in clear where a server offers no STARTTLS.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import aiosmtplib

from digest.delivery.envelope import Features
from digest.delivery.smtp import Connection, Deadlines
from digest.errors import ConfigError, MailerRefused, MailerUnreachable, PasswordUnusable

PasswordSource = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mail is submitted, and how one signs in.

    Attributes:
        tls: `starttls`, `implicit` or `none`.
        user: "" where nobody signs in.
        password: gives the password, or with `xoauth2` an access token.
        hello: the name in EHLO, "" for this machine's.
    """

    host: str
    port: int
    tls: str = "starttls"
    context: ssl.SSLContext | None = None
    user: str = ""
    password: PasswordSource | None = None
    xoauth2: bool = False
    hello: str = ""
    deadlines: Deadlines = field(default_factory=Deadlines)

    @property
    def name(self) -> str:
        """For messages to a person."""
        return f"{self.host}:{self.port}"


async def connect(server: Server, lost: Callable[[Connection], None]) -> Connection:
    """A connection that is ready for a message.

    Raises:
        MailerUnreachable: there is none now; there may be one later.
        MailerRefused: the server does not want us, or its TLS cannot be trusted.
        PasswordUnusable: no password is to be had; the server was not asked.
    """
    try:
        client = await _client(server)
    except ConfigError as error:  # no password is to be had
        raise PasswordUnusable(server=server.name, reason=error) from error
    try:
        await _greet(client)
    except ssl.SSLError as error:
        raise MailerRefused(server=server.name, reason=_tls_reason(error)) from error
    except aiosmtplib.SMTPException as error:
        raise _translated(server, error) from error
    except OSError as error:
        raise MailerUnreachable(server=server.name, reason=error) from error
    return _hand_over(client, server, lost)


async def _greet(client: aiosmtplib.SMTP) -> None:
    """Up to EHLO's answer; whatever stands in the way, being cancelled too, closes it again."""
    try:
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
    except BaseException:
        client.close()
        raise


async def _client(server: Server) -> aiosmtplib.SMTP:
    secret = await server.password() if server.password and server.user else None

    async def token() -> str:
        return secret or ""

    xoauth2 = bool(server.user) and server.xoauth2
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls == "implicit",
        start_tls=server.tls == "starttls",
        tls_context=server.context,
        local_hostname=server.hello or await asyncio.to_thread(socket.getfqdn),
        timeout=server.deadlines.command,
        username=server.user or None,
        password=None if xoauth2 else secret,
        oauth_token_generator=token if xoauth2 else None,
    )


def _hand_over(
    client: aiosmtplib.SMTP, server: Server, lost: Callable[[Connection], None]
) -> Connection:
    """The library's open transport, under our protocol."""
    transport = client.transport
    if transport is None:  # closed since; uvloop's transports are no asyncio.Transport
        raise MailerUnreachable(server=server.name, reason="the server hung up")
    connection = Connection(Features.offered(client.esmtp_extensions), server.deadlines, lost)
    cast(asyncio.Transport, transport).set_protocol(connection)
    connection.connection_made(transport)
    return connection


def _translated(
    server: Server, error: aiosmtplib.SMTPException
) -> MailerRefused | MailerUnreachable:
    """Refusals need a person; what is unreachable or busy is tried again."""
    cause = error.__cause__
    if isinstance(cause, ssl.SSLError):
        return MailerRefused(server=server.name, reason=_tls_reason(cause))
    words = " ".join(str(error.message).split())
    if isinstance(error, aiosmtplib.SMTPResponseException):
        answer = f"{error.code} {words}"
        if 400 <= error.code < 500 or error.code < 200:
            return MailerUnreachable(server=server.name, reason=answer)
        return MailerRefused(server=server.name, reason=answer)
    if isinstance(error, (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPConnectError)):
        return MailerUnreachable(server=server.name, reason=words)
    if isinstance(error, aiosmtplib.SMTPTimeoutError):
        return MailerUnreachable(server=server.name, reason=words)
    return MailerRefused(server=server.name, reason=words)


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted: {error.verify_message}"
    return f"TLS failed: {error.reason or error}"
