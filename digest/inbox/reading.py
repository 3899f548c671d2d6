"""A message as a reader sees it, whatever it is made of.

The inbox shows what others made, also what is broken or hostile: reading never fails, it says
what was wrong, and characters that could mislead the eye are written out.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parseaddr, parsedate_to_datetime

from digest.inbox.preheader import preheader_of

LONGEST_HEADER = 4_000  # characters of one header's value
MOST_HEADERS = 200
_FOLD = re.compile(r"\r?\n[ \t]*|[\r\n]")
# Bidi controls reorder what stands around them (UAX 9), invisible ones hide it.
_MISLEADING = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_UNUSUAL = re.compile(r"[^\t\n -~]")  # only these are worth a look at their category
_HARMLESS = set("\u200c\u200d\u00ad")  # of writing systems, emoji and hyphenation


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The parts of a message that the inbox shows.

    Attributes:
        subject: decoded, in one line.
        sender: the From header.
        to: the To header.
        date: of the Date header, None where there is none or it cannot be read.
        headers: name and decoded value in their order, at most `MOST_HEADERS`.
        html: the first HTML part, None where there is none.
        text: the first plain part, None where there is none.
        preheader: what a mail client shows beside the subject.
        attachments: file names, or types where there is no name, of all other parts.
        faults: what was wrong with the message, in words.
    """

    subject: str = ""
    sender: str = ""
    to: str = ""
    date: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    html: str | None = None
    text: str | None = None
    preheader: str = ""
    attachments: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def sender_name(self) -> str:
        """Who it is from, without the address where there is a name."""
        return parseaddr(self.sender)[0] or self.sender


def read_mail(data: bytes) -> Mail:
    """Read a message; what cannot be read is left out and named in `faults`."""
    try:
        message = message_from_bytes(data)
        parts = [part for part in message.walk() if not part.is_multipart()]
    except Exception as error:  # noqa: BLE001 - the parser meets hostile input: RecursionError and others
        message, parts = BytesHeaderParser().parsebytes(data), []
        broken: tuple[str, ...] = (f"its parts cannot be told apart ({type(error).__name__})",)
    else:
        broken = ()
    return _mail(message, parts, broken)


def visible(text: str) -> str:
    """The text with control and bidi characters written out, such as ⟨U+202E⟩."""
    return _UNUSUAL.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    letter = found[0]
    if letter in _HARMLESS or unicodedata.category(letter) not in _MISLEADING:
        return letter
    return f"⟨U+{ord(letter):04X}⟩"


def _mail(message: Message, parts: list[Message], broken: tuple[str, ...]) -> Mail:
    headers = [(visible(name), _decoded(value)) for name, value in message.raw_items()]
    first = {name.lower(): value for name, value in reversed(headers)}
    html, text = _first(parts, "text/html"), _first(parts, "text/plain")
    return Mail(
        subject=first.get("subject", ""),
        sender=first.get("from", ""),
        to=first.get("to", ""),
        date=_date(first.get("date", "")),
        headers=tuple(headers[:MOST_HEADERS]),
        html=html,
        text=text,
        preheader=visible(preheader_of(html, text)),
        attachments=tuple(_name(part) for part in parts if _is_other(part)),
        faults=(*broken, *_faults(message, parts, len(headers))),
    )


def _decoded(raw: str) -> str:
    """A header's value in words: RFC 2047 words and UTF-8 (RFC 6532) decoded, in one line."""
    octets = raw[:LONGEST_HEADER].encode("utf-8", "surrogateescape")
    plain = _FOLD.sub(" ", octets.decode("utf-8", "replace")).strip()
    with suppress(MessageError, LookupError, ValueError):  # else it is shown as it stands
        plain = str(make_header(decode_header(plain)))
    return visible(plain).replace("\n", "⟨U+000A⟩")


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None


def _first(parts: list[Message], kind: str) -> str | None:
    part = next((part for part in parts if part.get_content_type() == kind), None)
    return None if part is None or _is_other(part) else _content(part)


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else b""
    try:
        return octets.decode(str(part.get_content_charset() or "utf-8"), "replace")
    except (LookupError, ValueError):
        return octets.decode("utf-8", "replace")


def _is_other(part: Message) -> bool:
    if part.get_content_maintype() == "multipart":
        return False  # a container without its parts
    shown = part.get_content_type() in {"text/html", "text/plain"}
    return not shown or part.get_content_disposition() == "attachment"


def _name(part: Message) -> str:
    return visible(part.get_filename() or part.get_content_type())[:200]


def _faults(message: Message, parts: list[Message], headers: int) -> list[str]:
    defects = [defect for part in (message, *parts) for defect in part.defects]
    kinds = dict.fromkeys(_words(type(defect).__name__) for defect in defects)
    if headers > MOST_HEADERS:
        kinds[f"{headers - MOST_HEADERS} more headers are not shown"] = None
    return list(kinds)


def _words(name: str) -> str:
    """`CloseBoundaryNotFoundDefect` as "close boundary not found"."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name.removesuffix("Defect")).lower()
