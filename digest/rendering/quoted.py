"""Quoted-printable (RFC 2045 6.7), for pieces that are joined later.

Every encoded piece begins at the start of a line. Beyond what the RFC asks for, a dot that
begins a line is encoded (so that SMTP need not stuff it), and so are the second of two
spaces and every tab, so that DKIM's relaxed body is the body as it stands.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Sequence

SOFT_BREAK = b"=\r\n"
_ROW = 73  # of 76: one octet is the soft break's, two the growth of a dot or an F
_PLAIN = bytes(octet for octet in range(32, 127) if octet != 61)  # all of ASCII's but `=`
_ENCODED = re.compile(rb"[^ -<>-~]|(?<= ) | $")


def encode(text: str) -> bytes:
    """The octets of some text, whose lines end in LF, with lines of at most 76."""
    data = text.encode()
    if b"\n" not in data:
        return _encode_line(data)
    return b"\r\n".join(map(_encode_line, data.split(b"\n")))


def encode_addresses(start: bytes, ends: Sequence[bytes]) -> list[bytes]:
    """Several web addresses of ours that start alike."""
    room = _ROW - len(start)
    if all(room < size <= room + _ROW for size in set(map(len, ends))):
        return [start + end[:room] + SOFT_BREAK + end[room:] for end in ends]
    return [encode_address(start + end) for end in ends]


def encode_address(data: bytes) -> bytes:
    """A web address of ours, which holds nothing that must be encoded, but may be long."""
    if len(data) <= _ROW:
        return data
    return SOFT_BREAK.join([data[i : i + _ROW] for i in range(0, len(data), _ROW)])


def decode(data: bytes) -> str:
    """The text that `encode` was given."""
    return quopri.decodestring(data).decode().replace("\r\n", "\n")


def _encode_line(line: bytes) -> bytes:
    if line.translate(None, _PLAIN) or b"  " in line:
        line = _ENCODED.sub(_hexadecimal, line)
    elif line.endswith(b" "):
        line = line[:-1] + b"=20"
    if len(line) <= _ROW:
        return _guarded(line)
    return SOFT_BREAK.join(_rows(line))


def _rows(encoded: bytes) -> list[bytes]:
    rows, start = [], 0
    while start < len(encoded):
        end = start + _ROW
        if end < len(encoded):  # `=XX` stays whole
            end -= 1 if encoded[end - 1] == 61 else 2 if encoded[end - 2] == 61 else 0
        rows.append(_guarded(encoded[start:end]))
        start = end
    return rows


def _guarded(row: bytes) -> bytes:
    if not row.startswith((b".", b"From ")):  # mailbox files take "From " for a new message
        return row
    return b"=%02X" % row[0] + row[1:]


def _hexadecimal(match: re.Match[bytes]) -> bytes:
    return b"=%02X" % match[0][0]
