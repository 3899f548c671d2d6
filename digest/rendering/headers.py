"""Header fields: encoded, folded, and read again before they are used (RFC 5322, RFC 2047)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email import message_from_string, policy
from email.utils import format_datetime
from functools import lru_cache

import idna

from digest.errors import RenderError
from digest.rendering.mime import are_meant

LINE = 78
_WORD_BYTES = 42  # of text in one encoded word: 75 characters with `=?utf-8?b?` and `?=`


@lru_cache(maxsize=4096)
def text_header(name: str, value: str) -> bytes:
    """`Name: value` with its line end; the value is clean text (`clean_header`).

    Raises:
        RenderError: a mail reader would read it as something else.
    """
    if value.isascii():
        field = _fold(f"{name}: {value}")
    else:
        field = f"{name}: " + "\r\n ".join(_encoded_words(value, LINE - len(name) - 2))
    octets = field.encode() + b"\r\n"
    if _read_again(field) != (name, value) or not are_meant((octets,)):
        raise RenderError(kind="", recipient=value, reason=f"the header {name} reads differently")
    return octets


def _read_again(field: str) -> tuple[str, str]:
    """A field as a mail reader takes it; where nothing is encoded, that is its unfolded text."""
    if "=?" not in field:
        name, _, value = field.replace("\r\n ", " ").partition(": ")
        return name, value
    read = message_from_string(field + "\n\n", policy=policy.default)
    ((name, value),) = [*read.items(), ("", "")][: max(1, len(read))]
    return name, str(value)


def phrase(text: str) -> str:
    """A display name: encoded words, or a quoted string."""
    if not text.isascii():
        return "\r\n ".join(_encoded_words(text, LINE - 8))
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def mailbox(name: str, address: str) -> str:
    """`"Name" <address>`, with the address on a line of its own where the name is encoded."""
    shown = phrase(name)
    joint = "\r\n " if len(shown) + len(address) + 3 > LINE - 10 or "\r\n" in shown else " "
    return f"{shown}{joint}<{address}>"


def recipient(address: str) -> str:
    """The value of To. An address whose local part is not ASCII is named in an empty group.

    Such an address cannot be written in an ASCII header; the group is what RFC 6857 3.1.8
    makes of it. The envelope holds the address itself.
    """
    if address.isascii():
        return address if _is_plain(address) else f"<{address}>"
    return "\r\n ".join(_encoded_words(address, LINE - 6)) + " :;"


def _is_plain(address: str) -> bool:
    return '"' not in address


def ascii_domain(address: str) -> str:
    """The address with its domain as an A-label (RFC 5890).

    Raises:
        RenderError: the domain is none.
    """
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise RenderError(kind="", recipient=address, reason=f"its domain: {error}") from None


@lru_cache(maxsize=1024)
def date_header(seconds: int) -> bytes:
    """`Date:` in UTC of an instant in seconds since 1970."""
    return b"Date: " + format_datetime(datetime.fromtimestamp(seconds, UTC)).encode() + b"\r\n"


def _fold(field: str) -> str:
    """Folds at spaces; a word that is longer than a line stays whole."""
    lines, line = [], ""
    for word in field.split(" "):
        if line.strip() and len(line) + 1 + len(word) > LINE and not line.endswith(":"):
            lines.append(line)
            line = " " + word
        else:
            line = f"{line} {word}" if line else word
    return "\r\n".join([*lines, line])


def _encoded_words(text: str, first: int) -> list[str]:
    """Encoded words, none of which splits a character; the first at most `first` long."""
    words, start, size = [], 0, 0
    room = min(_WORD_BYTES, (first - 12) // 4 * 3)
    for place, character in enumerate(text):
        width = len(character.encode())
        if size + width > room:
            words.append(text[start:place])
            start, size, room = place, 0, _WORD_BYTES
        size += width
    words.append(text[start:])
    return [f"=?utf-8?b?{base64.b64encode(word.encode()).decode()}?=" for word in words]
