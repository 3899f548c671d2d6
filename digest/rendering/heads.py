"""The headers of a message, in `mime.HEADERS`' order, and its envelope."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from digest import returnpath
from digest.errors import ConfigError
from digest.links import LONGEST_LIST_URI, LONGEST_PUBLIC_URL
from digest.rendering.clean import clean_header
from digest.rendering.headers import (
    ascii_domain,
    date_header,
    mailbox,
    phrase,
    recipient,
    text_header,
)
from digest.rendering.mime import MIME_HEADERS
from digest.settings import Settings
from subscribers.model import Subscriber
from subscribers.tokens import Keyring

_ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
_AUTOMATIC = b"Auto-Submitted: auto-generated\r\n"
_UNSAFE_ID = re.compile(r"[^a-z0-9.-]+")


class Occasion(NamedTuple):
    """Which message to whom."""

    subscriber: Subscriber
    kind: str
    occasion: str
    at: datetime
    key_id: int


class Heads:
    """Makes the headers of one installation's messages.

    Raises:
        ConfigError: a setting leaves no room for a header that mail clients can read.
    """

    def __init__(self, settings: Settings, ring: Keyring) -> None:
        sender = settings.sender
        self._ring = ring
        self._public_url = sender.public_url
        self._address = ascii_domain(sender.address)
        self._local, _, self._sender_domain = self._address.rpartition("@")
        self._domain = self._sender_domain.lower()
        self._verp = settings.smtp.verp is not False and returnpath.fits(self._address)
        name = clean_header(sender.name, 80)
        self._from = f"From: {mailbox(name, self._address)}\r\n".encode()
        reply_to = ascii_domain(sender.reply_to) if sender.reply_to else ""
        self._reply_to = f"Reply-To: {reply_to}\r\n".encode() if reply_to else b""
        self._list_id = f"List-Id: {phrase(name)}\r\n <{self._list_name(settings)}>\r\n".encode()
        self._sender_id = _UNSAFE_ID.sub("-", self._domain)[:15].strip("-.")
        if len(sender.public_url) > LONGEST_PUBLIC_URL:
            raise ConfigError(
                file=settings.folder / "digest.toml",
                key="sender.public_url",
                reason=f"{sender.public_url} makes unsubscribe links that mail clients cannot read",
                allowed=f"at most {LONGEST_PUBLIC_URL} characters",
            )

    def _list_name(self, settings: Settings) -> str:
        """`paper-digest.example.org`: the list's own name in the sender's domain (RFC 2919)."""
        given = settings.sender.list_id.strip("<> ")
        label = _UNSAFE_ID.sub("-", settings.sender.name.lower()).strip("-.") or "digest"
        return given or f"{label}.{self._domain}"

    @property
    def domain(self) -> str:
        """The domain of the sender's address, as an A-label."""
        return self._domain

    def message_id(self, of: Occasion) -> str:
        """The same for every rendering of a message, and not to be guessed."""
        name = returnpath.message_name(
            self._ring,
            of.subscriber.id,
            of.kind,
            of.occasion,
            of.subscriber.email,
            key_id=of.key_id,
        )
        return f"<{name}@{self._domain}>"

    def envelope(self, of: Occasion) -> tuple[str, str, str]:
        """The return path, the recipient and the envelope's id."""
        subscriber = of.subscriber
        token = returnpath.token(self._ring, subscriber.id, of.kind, of.occasion, key_id=of.key_id)
        # As `returnpath.encode` writes it, with the address cut once.
        sender = f"{self._local}+{token}@{self._sender_domain}" if self._verp else self._address
        return sender, ascii_domain(subscriber.email), token

    def block(
        self, of: Occasion, to: str, subject: str, message_id: str, unsubscribe: str, feedback: str
    ) -> bytes:
        """The header block without signatures, up to and with the empty line.

        Args:
            of: gives the date.
            to: the recipient, its domain an A-label.
            subject: clean text.
            message_id: with its angle brackets.
            unsubscribe: an https or mailto address, "" for a mail that is no subscription's.
            feedback: the first parts of Feedback-ID, "" for none.
        """
        return b"".join(
            (
                self._from,
                b"To: ",
                recipient(to).encode(),
                b"\r\n",
                self._reply_to,
                text_header("Subject", subject),
                date_header(of.at),
                b"Message-ID: ",
                message_id.encode(),
                b"\r\n",
                self._list_id,
                self._unsubscribe(unsubscribe),
                f"Feedback-ID: {feedback}:{self._sender_id}\r\n".encode() if feedback else b"",
                _AUTOMATIC,
                MIME_HEADERS,
            )
        )

    @staticmethod
    def _unsubscribe(address: str) -> bytes:
        if not address:
            return b""
        if not address.startswith("https:"):  # RFC 8058 3.1 wants HTTPS for one click
            return _list_unsubscribe(address)
        return _list_unsubscribe(address) + _ONE_CLICK


def _list_unsubscribe(uri: str) -> bytes:
    value = f"<{uri}>"
    joint = "\r\n " if len(value) + 18 > LONGEST_LIST_URI + 2 else " "
    return f"List-Unsubscribe:{joint}{value}\r\n".encode()
