"""Where what comes back is read: an IMAP mailbox or a Maildir, each mail once."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from digest.delivery import secret
from digest.delivery.bounces import LARGEST, read
from digest.delivery.judge import Effect, Judge
from digest.errors import ConfigError, MailboxUnreadable
from digest.settings import Settings
from subscribers.errors import SubscriberError

log = logging.getLogger(__name__)

MOST = 5000  # mails of one reading
SEEN = ":2,S"  # behind the name of a mail in `cur`
LONGEST_NAME = 255  # octets


class Mailbox(Protocol):
    """Gives the mails that were not read yet."""

    def unread(self) -> Iterator[tuple[bytes, Callable[[], None]]]:
        """The octets of each, and what marks it as read."""
        ...

    def check(self) -> None:
        """Opens the mailbox and reads nothing.

        Raises:
            MailboxUnreadable: it cannot be opened.
        """
        ...


def read_mailbox(mailbox: Mailbox, judge: Judge, now: datetime) -> Counter[Effect]:
    """Judges every new mail; a mail that cannot be read is counted and set aside.

    Raises:
        MailboxUnreadable: the mailbox cannot be opened.
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
        """Mails in `new`, oldest names first, each once it is moved.

        A mail is taken into `cur` before anybody acts on it, so that none is acted on at every
        reading because it cannot be moved. What a reader that ended has left there, without the
        flags that all other mails of `cur` have, is read again.
        """
        self.check()
        try:
            (self._directory / "cur").mkdir(exist_ok=True)
            left = [path for path in (self._directory / "cur").iterdir() if ":2," not in path.name]
            found = [*left, *(self._directory / "new").iterdir()]
        except OSError as error:
            raise MailboxUnreadable(mailbox=self._directory, reason=error.strerror) from error
        for path in sorted(found, key=lambda path: path.name)[:MOST]:
            if (data := _octets(path)) is not None and (taken := self._take(path)):
                yield data, lambda taken=taken: _flag(taken)  # type: ignore[misc]

    def check(self) -> None:
        """Whether it is there and may be changed."""
        for name in ("", "new", "cur"):
            folder = self._directory / name
            if name == "cur" and not folder.exists():
                continue  # it is made
            if not (folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
                raise MailboxUnreadable(mailbox=folder, reason="no folder that we may write to")

    def _take(self, path: Path) -> Path | None:
        """Moves a mail into `cur`, for the time until it is flagged; None where that fails."""
        taken = self._directory / "cur" / path.name
        try:
            path.replace(taken)
        except FileNotFoundError:  # another reader was quicker
            return None
        except OSError as error:
            log.warning("%s cannot be moved and is passed over: %s", path, error.strerror)
            return None
        return taken


def _octets(path: Path) -> bytes | None:
    """A mail's first octets, None for what is no mail: a pipe would keep us waiting."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(number, "rb") as file:  # noqa: PTH123  # a descriptor
            if stat.S_ISREG(os.fstat(number).st_mode):
                return file.read(LARGEST)
        log.info("%s is passed over: it is no file", path)
    except FileNotFoundError:  # another reader has it
        pass
    except OSError as error:
        log.warning("%s cannot be read and is passed over: %s", path, error.strerror)
    return None


def _flag(taken: Path) -> None:
    """Says in its name that a mail of `cur` was seen, in a shorter one where that is too long."""
    name = taken.name
    if len(os.fsencode(name)) > LONGEST_NAME - len(SEEN):
        name = sha256(os.fsencode(name)).hexdigest()
    try:
        taken.replace(taken.with_name(name + SEEN))
    except FileNotFoundError:  # another reader was quicker
        pass
    except OSError as error:
        log.warning("%s cannot be marked as read: %s", taken, error.strerror)


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
        file=settings.folder / settings.file, key=key, reason="is missing", allowed=allowed
    )
