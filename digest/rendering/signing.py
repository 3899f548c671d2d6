"""DKIM signatures (RFC 6376): rsa-sha256 (RFC 8301) and ed25519-sha256 (RFC 8463).

Both are relaxed/relaxed without `l=`. The body is hashed as it stands: ours holds no tab, no
doubled space, no space at a line's end and no empty line at its own end (`quoted`, `mime`),
so that the relaxed form is the body itself.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from digest.keys import StoredKey
from digest.rendering import mime

#: Named once more than they occur, so that none can be added (RFC 6376 8.15).
OVERSIGNED = ("from", "to", "subject", "date")
_SPACES = re.compile(rb"[ \t\r\n]+")


class Signer:
    """Signs with the keys of one domain, RSA's signature first.

    Args:
        domain: whose keys they are.
        keys: none signs nothing.
        unsigned: fields that a relay writes itself, in lower case; signed, they would break.
    """

    def __init__(
        self, domain: str, keys: Sequence[StoredKey], unsigned: frozenset[str] = frozenset()
    ) -> None:
        self._domain = domain
        self._unsigned = unsigned
        self._oversigned = [name for name in OVERSIGNED if name not in unsigned]
        self._keys = [(stored, _signing(stored)) for stored in keys]

    def sign(self, head: bytes, body: Iterable[bytes], at: datetime) -> bytes:
        """The signature headers, to stand before the others.

        Args:
            head: the header block, each field in it once.
            body: everything after the empty line, in pieces.
            at: gives `t=`.
        """
        if not self._keys:
            return b""
        fields = [one for one in mime.fields(head) if one[0].lower() not in self._unsigned]
        content = hashlib.sha256(b"".join(body))
        body_hash = base64.b64encode(content.digest()).decode()
        names = ":".join([name.lower() for name, _ in fields] + self._oversigned)
        signed = b"".join(relaxed(field) + b"\r\n" for _, field in fields)
        return b"".join(
            self._signature(stored, make, names, body_hash, signed, int(at.timestamp()))
            for stored, make in self._keys
        )

    def _signature(
        self,
        stored: StoredKey,
        make: Callable[[bytes], bytes],
        names: str,
        body_hash: str,
        signed: bytes,
        seconds: int,
    ) -> bytes:
        field = (
            f"DKIM-Signature: v=1; a={stored.algorithm}-sha256; c=relaxed/relaxed;\r\n"
            f" d={self._domain}; s={stored.selector}; t={seconds};\r\n"
            f" h={_folded(names)};\r\n bh={body_hash};\r\n b="
        ).encode()
        value = base64.b64encode(make(signed + relaxed(field))).decode()
        lines = "\r\n ".join(value[i : i + 72] for i in range(0, len(value), 72))
        return field + b"\r\n " + lines.encode() + b"\r\n"


def relaxed(field: bytes) -> bytes:
    """A header field in the relaxed form (RFC 6376 3.4.2), without its line end."""
    name, _, value = field.partition(b":")
    return name.lower() + b":" + _SPACES.sub(b" ", value).strip()


def _folded(names: str) -> str:
    lines, line = [], ""
    for name in names.split(":"):
        if line and len(line) + len(name) > 66:
            lines.append(line)
            line = ""
        line += f"{name}:"
    return "\r\n  ".join([*lines, line]).rstrip(":")


def _signing(stored: StoredKey) -> Callable[[bytes], bytes]:
    key = stored.key
    if isinstance(key, RSAPrivateKey):
        return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return lambda data: key.sign(hashlib.sha256(data).digest())  # RFC 8463 3
