"""Mailers that write to a folder: messages as `.eml` files, or a Maildir.

Folders and files that they make are their owner's alone: a message holds its reader's address and
links, a file's name may, too.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from itertools import count
from pathlib import Path

from digest import private
from digest.errors import FolderUnusable
from digest.model import DeliveryState, Message, Outcome

LONGEST_NAME = 100  # characters of an address and of a Message-ID; file systems take 255 octets
_COUNTER = count(1)
_UNSAFE = re.compile(r"[^A-Za-z0-9._@+-]")


class FilesMailer:
    """Writes each message to `<recipient>-<start of its Message-ID>.eml`.

    Args:
        directory: is made where it is not there.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def send(self, message: Message) -> Outcome:
        """Writes the message.

        Raises:
            FolderUnusable: the folder cannot be written to.
        """
        identity = message.message_id.strip("<>").partition("@")[0]
        stem = f"{message.recipient[:LONGEST_NAME]}-{identity[:LONGEST_NAME]}"
        name = _UNSAFE.sub("_", stem) + ".eml"
        await _write(message, self._directory, name)
        return Outcome(state=DeliveryState.ACCEPTED, text=str(self._directory / name))

    async def aclose(self) -> None:
        """Nothing is open."""


class MaildirMailer:
    """Delivers into a Maildir: written in `tmp`, moved to `new` when it is whole.

    Args:
        directory: the Maildir; is made where it is not there.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def send(self, message: Message) -> Outcome:
        """Delivers the message.

        Raises:
            FolderUnusable: the Maildir cannot be written to.
        """
        host = socket.gethostname().replace("/", r"\057").replace(":", r"\072")
        name = f"{time.time():.6f}.P{os.getpid()}Q{next(_COUNTER)}.{host}"
        await _write(message, self._directory / "new", name)
        return Outcome(state=DeliveryState.ACCEPTED, text=name)

    async def aclose(self) -> None:
        """Nothing is open."""


async def _write(message: Message, folder: Path, name: str) -> None:
    try:
        await asyncio.to_thread(_write_whole, folder, name, message.data)
    except OSError as error:
        raise FolderUnusable(server=folder, reason=error.strerror or error) from error


def _write_whole(folder: Path, name: str, data: bytes) -> None:
    """A reader sees the whole file or none, and a crash leaves the same."""
    maildir = folder.parent if folder.name == "new" else None
    beside = maildir / "tmp" if maildir else folder
    for path in (maildir, maildir / "cur", beside, folder) if maildir else (folder,):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = beside / (name if maildir else f".{name}.part")
    private.write(partial, data, replace=True)  # one that a crash left
    partial.replace(folder / name)
    _flush(folder)


def _flush(folder: Path) -> None:
    """The new name, too, is on disk before the message counts as delivered."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
