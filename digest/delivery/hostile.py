"""Mails that are built to exhaust a parser: known before they are parsed, by counting.

The counts are far beyond any machine's report, and what passes them is read within seconds.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from email.message import Message as Mail
from email.parser import BytesHeaderParser

DEEPEST = 60  # parts that hold parts
MOST_BOUNDARIES = 3_000  # lines that may begin a part
MOST_COMPARED = 1_000_000  # lines times open parts: each line is compared with each one's boundary
MOST_BLANK = 20_000  # lines without anything, where each may end a recipient's fields
LONGEST_FIELD = 5_000  # octets that say what a content is: quotes in it cost by the square

_BREAK = re.compile(rb"\r\n?")
_CONTAINER = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)
_BLANK = re.compile(rb"\n(?=\n)")
_CONTENT = re.compile(
    rb"^content-[a-z-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE
)
_SLOW = ("punycode", "idna")  # codecs that no text is in; their time grows with the square


def in_lines(data: bytes) -> bytes:
    """The mail with one kind of line break: a parser ends a line at a bare CR, too."""
    return _BREAK.sub(b"\n", data)


def is_hostile(data: bytes) -> bool:
    """Deeper, or in more or longer pieces, than any machine's report.

    Args:
        data: the mail, as `in_lines` gives it.
    """
    containers = len(_CONTAINER.findall(data))
    return (
        containers > DEEPEST
        or data.count(b"\n--") > MOST_BOUNDARIES
        or data.count(b"\n") * containers > MOST_COMPARED
        or (containers > 0 and len(_BLANK.findall(data)) > MOST_BLANK)
        or any(len(field[0]) > LONGEST_FIELD for field in _CONTENT.finditer(data))
    )


def head(data: bytes) -> Mail:
    """Its headers alone, without a word of what it contains."""
    mail = BytesHeaderParser().parsebytes(data.partition(b"\n\n")[0])
    del mail["Content-Type"]
    return mail


def tame(mail: Mail) -> None:
    """Takes the charsets away in which a short text takes long."""
    for part in mail.walk():
        with suppress(LookupError, ValueError):  # a charset that is none
            if codecs.lookup(part.get_content_charset() or "utf-8").name in _SLOW:
                part.replace_header("Content-Type", part.get_content_type())
