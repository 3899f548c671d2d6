"""Where what comes back is read: an IMAP mailbox or a Maildir, each mail once."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

from digest.config import FILE_NAME
from digest.delivery import secret
from digest.delivery.bounces import LARGEST, read
from digest.delivery.judge import Effect, Judge
from digest.errors import ConfigError, MailerUnreachable
from digest.settings import Settings
from subscribers.errors import SubscriberError

log = logging.getLogger(__name__)

MOST = 5000  # mails of one reading


class Mailbox(Protocol):
    """Gives the mails that were not read yet."""

    def unread(self) -> Iterator[tuple[bytes, Callable[[], None]]]:
        """The octets of each, and what marks it as read."""
        ...

    def check(self) -> None:
        """Opens the mailbox and reads nothing.

        Raises:
            MailerUnreachable: it cannot be opened.
        """
        ...


def read_mailbox(mailbox: Mailbox, judge: Judge, now: datetime) -> Counter[Effect]:
    """Judges every new mail; a mail that cannot be read is counted and set aside.

    Raises:
        MailerUnreachable: the mailbox cannot be opened.
    """
    effects: Counter[Effect] = Counter()
    for data, mark in mailbox.unread():
        effects[_judged(data, judge, now)] += 1
        mark()
    return effects


def _judged(data: bytes, judge: Judge, now: datetime) -> Effect:
    try:
        notice = read(data)
    except Exception:  # whatever a stranger's mail does to a parser, others wait
        log.warning("a mail of %d octets cannot be read", len(data), exc_info=True)
        return Effect.NOTHING
    try:
        return judge.returned(notice, now)
    except SubscriberError as error:  # of this reader alone
        log.warning("a mail that came back leads to nothing: %s", type(error).__name__)
        return Effect.NOTHING


class Maildir:
    """A Maildir into which a mail server delivers: from `new` to `cur` once read.

    Args:
        directory: the Maildir.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def unread(self) -> Iterator[tuple[bytes, Callable[[], None]]]:
        """Mails in `new`, oldest names first."""
        try:
            names = sorted(path.name for path in (self._directory / "new").iterdir())
        except OSError as error:
            raise MailerUnreachable(server=self._directory, reason=error.strerror) from error
        for name in names[:MOST]:
            path = self._directory / "new" / name
            try:
                with path.open("rb") as file:
                    data = file.read(LARGEST)
            except OSError as error:  # another reader has it, or it is no mail
                log.info("%s is passed over: %s", path, error.strerror)
                continue
            yield data, lambda path=path: self._mark(path)  # type: ignore[misc]

    def check(self) -> None:
        """Whether it is there and may be changed."""
        for folder in (self._directory, self._directory / "new"):
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise MailerUnreachable(server=folder, reason="no folder that we may write to")

    def _mark(self, path: Path) -> None:
        (self._directory / "cur").mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # another reader was quicker
            path.replace(self._directory / "cur" / f"{path.name}:2,S")


def open_mailbox(settings: Settings) -> Mailbox | None:
    """The mailbox of the settings, None where none is read.

    Raises:
        ConfigError: its folder or its password is missing.
    """
    section = settings.bounces
    if section.kind == "none":
        return None
    if section.kind == "maildir":
        if section.directory is None:
            raise _missing(settings, "bounces.directory", "the Maildir that bounces arrive in")
        return Maildir(section.directory)
    source = secret.source(section, "bounces")
    if source is None:
        raise _missing(settings, "bounces.password", "or password_file, or password_command")
    from digest.delivery.imap import Imap  # its library, only for those who read by IMAP

    return Imap(section, asyncio.run(source()))


def _missing(settings: Settings, key: str, allowed: str) -> ConfigError:
    return ConfigError(
        file=settings.folder / FILE_NAME, key=key, reason="is missing", allowed=allowed
    )
