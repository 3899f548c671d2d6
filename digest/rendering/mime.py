"""The message as it goes over the wire (RFC 5322, RFC 2045, RFC 2046), and its parts again."""

from __future__ import annotations

import email
import re
from email.message import EmailMessage
from email.policy import SMTP

from digest.errors import RenderError
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
_FIELD = re.compile(rb"([!-9;-~]+):(?: [!-~][ -~]*)?(?:\r\n +[!-~][ -~]*)*\r\n")

_ALWAYS = ("From", "To", "Subject", "Date", "Message-ID", "List-Id")
_LAST = ("Auto-Submitted", "MIME-Version", "Content-Type")
_BULK = (("List-Unsubscribe",), ("List-Unsubscribe", "List-Unsubscribe-Post"))
_VARIANTS = (_ALWAYS, (*_ALWAYS[:2], "Reply-To", *_ALWAYS[2:]))
#: The names of a message's headers, in order: of a notice, of a digest without and with one-click.
POSSIBLE_HEADERS = frozenset(
    {(*first, *_LAST) for first in _VARIANTS}
    | {(*first, *way, "Feedback-ID", *_LAST) for first in _VARIANTS for way in _BULK}
)
MIME_HEADERS = _HEAD


def body(text: bytes, html: bytes) -> bytes:
    """A multipart/alternative body of two encoded parts, the text first."""
    return b"".join((_BEFORE_TEXT, text, _BEFORE_HTML, html, _END))


def fields(head: bytes) -> list[tuple[str, bytes]]:
    """The fields of a header block with their line ends, read back.

    Raises:
        RenderError: something in it is no field.
    """
    found, place = [], 0
    while place < len(head):
        match = _FIELD.match(head, place)
        if match is None:
            line = head[place:].partition(b"\r\n")[0].decode("ascii", "replace")
            raise RenderError(kind="", recipient="", reason=f"{line!r:.80} is no header")
        found.append((match[1].decode(), match[0]))
        place = match.end()
    return found


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
