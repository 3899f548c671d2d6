"""The fields of a message's header, in their order, and its envelope."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from digest import returnpath
from digest.errors import ConfigError, RenderError
from digest.links import LONGEST_LIST_URI, LONGEST_PUBLIC_URL
from digest.rendering import mime
from digest.rendering.clean import clean_header
from digest.rendering.headers import (
    ascii_domain,
    date_header,
    mailbox,
    phrase,
    recipient,
    text_header,
)
from digest.settings import Settings
from subscribers.tokens import Keyring

_ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
_AUTOMATIC = b"Auto-Submitted: auto-generated\r\n"
Fields = tuple[bytes, ...]

_UNSAFE_ID = re.compile(r"[^a-z0-9.-]+")


class Occasion(NamedTuple):
    """Which message to whom."""

    subscriber_id: int
    email: str
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
        self._reply_to = (f"Reply-To: {reply_to}\r\n".encode(),) if reply_to else ()
        self._list_id = f"List-Id: {phrase(name)}\r\n <{self._list_name(settings)}>\r\n".encode()
        self._sender_id = _UNSAFE_ID.sub("-", self._domain)[:15].strip("-.")
        self._last = lru_cache(maxsize=256)(self._end)
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
            self._ring, of.subscriber_id, of.kind, of.occasion, of.email, key_id=of.key_id
        )
        return f"<{name}@{self._domain}>"

    def envelope(self, of: Occasion) -> tuple[str, str, str]:
        """The return path, the recipient and the envelope's id."""
        token = returnpath.token(
            self._ring, of.subscriber_id, of.kind, of.occasion, key_id=of.key_id
        )
        # As `returnpath.encode` writes it, with the address cut once.
        sender = f"{self._local}+{token}@{self._sender_domain}" if self._verp else self._address
        return sender, ascii_domain(of.email), token

    def fields(
        self, of: Occasion, to: str, subject: str, message_id: str, unsubscribe: bytes, about: str
    ) -> list[bytes]:
        """The header's fields, each once, in their order and each with its line end.

        Args:
            of: gives the date.
            to: the recipient, its domain an A-label.
            subject: clean text.
            message_id: with its angle brackets.
            unsubscribe: an https or mailto address, empty for a mail that is no subscription's.
            about: the first parts of Feedback-ID, "" for none.

        Raises:
            RenderError: a mail reader would read one as something else.
        """
        addressed = f"To: {recipient(to)}\r\n".encode()
        named = f"Message-ID: {message_id}\r\n".encode()
        ways = _ways_out(unsubscribe) if unsubscribe else ()
        last = self._last(about)
        if not (last and mime.are_meant((addressed, named, *ways[:1]))):
            reason = "a header would be read as another than is meant"
            raise RenderError(kind=of.kind, recipient=to, reason=reason)
        first = (self._from, addressed, *self._reply_to, text_header("Subject", subject))
        dated = date_header(int(of.at.timestamp()))
        return [*first, dated, named, self._list_id, *ways, *last]

    def _end(self, about: str) -> Fields:
        """The fields of all messages about the same; none where a setting spoils one."""
        named = (f"Feedback-ID: {about}:{self._sender_id}\r\n".encode(),) if about else ()
        last = (*named, _AUTOMATIC, *mime.MIME_HEADERS)
        return last if mime.are_meant((self._from, *self._reply_to, self._list_id, *last)) else ()


def _ways_out(uri: bytes) -> Fields:
    """The fields by which a mail client offers the way out."""
    value = b"<%b>" % uri
    joint = b"\r\n " if len(value) + 18 > LONGEST_LIST_URI + 2 else b" "
    field = b"List-Unsubscribe:%b%b\r\n" % (joint, value)
    # RFC 8058 3.1 wants HTTPS for one click.
    return (field, _ONE_CLICK) if uri.startswith(b"https:") else (field,)
