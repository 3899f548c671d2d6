"""Quoted-printable (RFC 2045 6.7), for pieces that are joined later.

Every encoded piece begins at the start of a line. Beyond what the RFC asks for, a dot that
begins a line is encoded (so that SMTP need not stuff it), and so are the second of two
spaces and every tab, so that DKIM's relaxed body is the body as it stands.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable

SOFT_BREAK = b"=\r\n"
_ROW = 73  # of 76: one octet is the soft break's, two the growth of a dot or an F
_PLAIN = re.compile(rb"[!-<>-~]+(?: [!-<>-~]+)*")
_ENCODED = re.compile(rb"[^ -<>-~]|(?<= ) | $")


def encode(text: str) -> bytes:
    """The octets of some text, whose lines end in LF, with lines of at most 76."""
    data = text.encode()
    if _PLAIN.fullmatch(data):
        if len(data) <= _ROW:
            return _guarded(data)
        return SOFT_BREAK.join(_guarded(data[i : i + _ROW]) for i in range(0, len(data), _ROW))
    return b"\r\n".join([_encode_line(line) for line in data.split(b"\n")])


def encode_addresses(addresses: Iterable[bytes]) -> list[bytes]:
    """Several web addresses of ours."""
    return [
        data[:_ROW] + SOFT_BREAK + data[_ROW:]
        if _ROW < len(data) <= 2 * _ROW
        else encode_address(data)
        for data in addresses
    ]


def encode_address(data: bytes) -> bytes:
    """A web address of ours, which holds nothing that must be encoded, but may be long."""
    if len(data) <= _ROW:
        return data
    return SOFT_BREAK.join([data[i : i + _ROW] for i in range(0, len(data), _ROW)])


def decode(data: bytes) -> str:
    """The text that `encode` was given."""
    return quopri.decodestring(data).decode().replace("\r\n", "\n")


def _encode_line(line: bytes) -> bytes:
    if len(line) <= _ROW and _PLAIN.fullmatch(line):
        return _guarded(line)
    encoded = _ENCODED.sub(_hexadecimal, line)
    if len(encoded) <= _ROW:
        return _guarded(encoded)
    return SOFT_BREAK.join(_rows(encoded))


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
