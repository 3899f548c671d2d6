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
_PART = (
    b"--" + _BOUNDARY + b"\r\nContent-Type: text/%b; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_BEFORE_TEXT = _PART % b"plain"
_BEFORE_HTML = b"\r\n" + _PART % b"html"
_END = b"\r\n--" + _BOUNDARY + b"--\r\n"
_VALUE = rb"(?: [!-~][ -~]*)?(?:\r\n +[!-~][ -~]*)*\r\n"
_FIELD = re.compile(rb"([!-9;-~]+):" + _VALUE)

#: The fields of a message that is of two parts, each with its line end.
MIME_HEADERS = (
    b"MIME-Version: 1.0\r\n",
    b'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n',
)


def body(text: Iterable[bytes], html: Iterable[bytes]) -> list[bytes]:
    """A multipart/alternative body of two encoded parts, the text first, in pieces."""
    return [_BEFORE_TEXT, *text, _BEFORE_HTML, *html, _END]


def are_meant(fields: Iterable[bytes]) -> bool:
    """Whether each of these header fields, read back, is one field and no others."""
    return all(map(_FIELD.fullmatch, fields))


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
