"""From the settings to a mailer."""

from __future__ import annotations

import ssl

from sqlalchemy import Engine

from digest.delivery import secret
from digest.delivery.connect import Server
from digest.delivery.files import FilesMailer, MaildirMailer
from digest.delivery.ledger import Ledger
from digest.delivery.mailer import Mailer
from digest.delivery.pacing import Limits
from digest.delivery.pool import SmtpMailer
from digest.delivery.quotas import windows
from digest.delivery.smtp import Deadlines
from digest.errors import ConfigError
from digest.settings import Settings, Smtp


def make_mailer(settings: Settings, engine: Engine | None = None) -> Mailer:
    """The mailer that the settings ask for.

    Args:
        settings: of the installation.
        engine: of its database, where all senders count their relay's quotas together.

    Raises:
        ConfigError: a folder is missing, or a password would leave in clear.
    """
    if settings.mailer.kind == "smtp":
        shared = Ledger(engine, _relay(settings.smtp)) if engine is not None else None
        return SmtpMailer(server(settings), limits(settings.smtp), shared)
    directory = settings.mailer.directory
    if directory is None:
        raise _wrong(settings, "mailer.directory", "is missing", "a folder to write to")
    kind = MaildirMailer if settings.mailer.kind == "maildir" else FilesMailer
    return kind(directory)


def server(settings: Settings) -> Server:
    """Where and how mail is submitted.

    Raises:
        ConfigError: a password is missing or would leave in clear, or a certificate file cannot
            be read.
    """
    smtp = settings.smtp
    password = secret.source(smtp, "smtp")
    if smtp.user and smtp.tls == "none":
        raise _wrong(
            settings, "smtp.tls", "would send the password in clear", "starttls or implicit"
        )
    if smtp.user and password is None:
        raise _wrong(
            settings, "smtp.password", "is missing", "or password_file, or password_command"
        )
    return Server(
        host=smtp.host,
        port=smtp.port,
        tls=smtp.tls,
        context=None if smtp.tls == "none" else _context(settings),
        user=smtp.user,
        password=password,
        xoauth2=smtp.auth == "xoauth2",
        hello=smtp.hello,
        deadlines=Deadlines(smtp.timeout, smtp.data_timeout),
    )


def limits(smtp: Smtp) -> Limits:
    """What the pool may do."""
    return Limits(
        connections=smtp.connections,
        messages=smtp.messages_per_connection,
        quotas=windows(smtp.per_second, smtp.per_hour, smtp.per_day),
    )


def _relay(smtp: Smtp) -> str:
    """Whose quotas they are: an account's, else the server's."""
    return f"{smtp.user}@{smtp.host}" if smtp.user else f"{smtp.host}:{smtp.port}"


def _context(settings: Settings) -> ssl.SSLContext:
    """One for all connections: making it costs a tenth of a second."""
    file = settings.smtp.ca_file
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise _wrong(
            settings, "smtp.ca_file", f"{file}: {error}", "a file of certificates"
        ) from None


def _wrong(settings: Settings, key: str, reason: str, allowed: str) -> ConfigError:
    return ConfigError(
        file=settings.folder / settings.file, key=key, reason=reason, allowed=allowed
    )
