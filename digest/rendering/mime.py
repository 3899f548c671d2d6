"""The message as it goes over the wire (RFC 5322, RFC 2045, RFC 2046), and its parts again."""

from __future__ import annotations

import email
import re
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP

from digest.model import Message

# `=_` cannot occur in quoted-printable text, so no body holds the boundary (RFC 2045 6.7).
_BOUNDARY = b"=_paper-digest"
_HEAD = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n'
)
_PART = (
    b"--" + _BOUNDARY + b"\r\nContent-Type: text/%b; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_BEFORE_TEXT = _PART % b"plain"
_BEFORE_HTML = b"\r\n" + _PART % b"html"
_END = b"\r\n--" + _BOUNDARY + b"--\r\n"
_VALUE = rb"(?: [!-~][ -~]*)?(?:\r\n +[!-~][ -~]*)*\r\n"
_FIELD = re.compile(rb"([!-9;-~]+):" + _VALUE)

#: The headers of a message in their order; a notice has none of those about a list's mail.
_ORDER = (
    b"From", b"To", b"?Reply-To", b"Subject", b"Date", b"Message-ID", b"List-Id",
    b"?List-Unsubscribe", b"?List-Unsubscribe-Post", b"?Feedback-ID", b"Auto-Submitted",
    b"MIME-Version", b"Content-Type",
)  # fmt: skip
_BLOCK = re.compile(
    b"".join(
        b"(?:%b:%b)%b" % (name.lstrip(b"?"), _VALUE, b"?" * name.startswith(b"?"))
        for name in _ORDER
    )
)
MIME_HEADERS = _HEAD


def body(text: Iterable[bytes], html: Iterable[bytes]) -> list[bytes]:
    """A multipart/alternative body of two encoded parts, the text first, in pieces."""
    return [_BEFORE_TEXT, *text, _BEFORE_HTML, *html, _END]


def is_meant(head: bytes) -> bool:
    """Whether a header block, read back, holds the headers that are meant and no others."""
    return _BLOCK.fullmatch(head) is not None


def fields(head: bytes) -> list[tuple[str, bytes]]:
    """The names and the whole fields of a header block, with their line ends."""
    return [(match[1].decode(), match[0]) for match in _FIELD.finditer(head)]


def to_email(message: Message) -> EmailMessage:
    """The message as Python's own email package reads its octets, for tests of your own."""
    read = email.message_from_bytes(message.data, policy=SMTP)
    if not isinstance(read, EmailMessage):  # pragma: no cover  # the policy makes no other
        raise TypeError
    return read


def part(message: Message, subtype: str) -> str:
    """The `html` or the `plain` part's text."""
    found = to_email(message).get_body(preferencelist=(subtype,))
    return str(found.get_content()).replace("\r\n", "\n") if found else ""
