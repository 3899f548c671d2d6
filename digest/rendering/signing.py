"""DKIM signatures (RFC 6376): rsa-sha256 (RFC 8301) and ed25519-sha256 (RFC 8463).

Both are relaxed/relaxed without `l=`. The body is hashed as it stands: ours holds no tab, no
doubled space, no space at a line's end and no empty line at its own end (`quoted`, `mime`),
so that the relaxed form is the body itself.

All but the signatures themselves is made with the message. A sender has them made elsewhere, of
`Unsigned.hashes`, while it goes on (`digest.signing_process`).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from digest.keys import StoredKey
from digest.model import Message
from digest.signing_process import Hash, SigningKey, signing

#: Named once more than they occur, so that none can be added (RFC 6376 8.15).
OVERSIGNED = ("from", "to", "subject", "date")
_SPACES = re.compile(rb"[ \t\r\n]+")
_KEPT = 4096


class Began(NamedTuple):
    """A signature's field as far as it is known before the body's hash.

    Attributes:
        make: signs a hash.
        field: up to and with `bh=`.
        relaxed: the same in the relaxed form.
    """

    make: Callable[[bytes], bytes]
    field: bytes
    relaxed: bytes

    def hash(self, signed: bytes, body_hash: bytes) -> bytes:
        """What is signed of the header, for this signature."""
        octets = b"".join((signed, self.relaxed, body_hash, b"; b="))
        return hashlib.sha256(octets).digest()

    def end(self, signature: bytes, body_hash: bytes) -> bytes:
        """The whole field, with its line end."""
        value = base64.b64encode(signature)
        lines = b"\r\n ".join([value[i : i + 72] for i in range(0, len(value), 72)])
        return b"".join((self.field, body_hash, b";\r\n b=\r\n ", lines, b"\r\n"))


class Seal(NamedTuple):
    """What a message's signatures are made of.

    Attributes:
        hashes: what each key has to sign; none where nothing is signed.
        began: a field for each of them.
        body_hash: in base64.
    """

    hashes: Sequence[Hash] = ()
    began: Sequence[Began] = ()
    body_hash: bytes = b""

    def fields(self, signatures: Sequence[bytes]) -> bytes:
        """The signature fields, to stand before the others."""
        both = zip(self.began, signatures, strict=True)
        return b"".join([began.end(signature, self.body_hash) for began, signature in both])


class Unsigned(NamedTuple):
    """A message that only its signatures are missing from.

    Attributes:
        message_id, sender, recipient, envelope_id: those of `Message`.
        head: the header without signatures, with the empty line.
        body: what follows it, in pieces.
        seal: what the signatures are made of.
    """

    message_id: str
    sender: str
    recipient: str
    envelope_id: str
    head: bytes
    body: Sequence[bytes]
    seal: Seal

    @property
    def hashes(self) -> Sequence[Hash]:
        """What the keys have to sign; none where nothing is signed."""
        return self.seal.hashes

    def sign(self) -> Message:
        """The message: the same octets at every call."""
        return self.sealed(self.signatures())

    def signatures(self) -> list[bytes]:
        """Those of the hashes: the same at every call."""
        return [self.seal.began[number].make(digest) for number, digest in self.hashes]

    def sealed(self, signatures: Sequence[bytes]) -> Message:
        """The message with the signatures of its hashes."""
        data = b"".join((self.seal.fields(signatures), self.head, *self.body))
        # No line of an encoded part begins with a dot (`quoted`), and no header does.
        return Message(
            self.message_id, self.sender, self.recipient, data, self.envelope_id, vouched=True
        )


_NO_SEAL = Seal()


class Signer:
    """Signs with the keys of one domain, RSA's signature first.

    Args:
        domain: whose keys they are.
        keys: none signs nothing.
        unsigned: fields that a relay writes itself, in lower case; signed, they would break.

    Attributes:
        keys: with which hashes are signed, by their numbers.
    """

    def __init__(
        self, domain: str, keys: Sequence[StoredKey], unsigned: frozenset[str] = frozenset()
    ) -> None:
        self._domain = domain
        self._unsigned = unsigned
        self._oversigned = [name for name in OVERSIGNED if name not in unsigned]
        self._keys = [(stored, signing(stored.key)) for stored in keys]
        self.keys: Sequence[SigningKey] = [stored.key for stored in keys]
        self._relaxed = lru_cache(maxsize=_KEPT)(self._relax)
        self._began = lru_cache(maxsize=_KEPT)(self._begin)

    def seal(self, fields: Sequence[bytes], body: Iterable[bytes], at: datetime) -> Seal:
        """What the signatures of a message are made of.

        Args:
            fields: the header's, each once.
            body: everything after the empty line, in pieces.
            at: gives `t=`.
        """
        if not self._keys:
            return _NO_SEAL
        signed = [one for one in map(self._relaxed, fields) if one[1]]
        began = self._began(tuple([name for name, _ in signed]), int(at.timestamp()))
        body_hash = base64.b64encode(hashlib.sha256(b"".join(body)).digest())
        octets = b"".join([form for _, form in signed])
        hashes = [(number, one.hash(octets, body_hash)) for number, one in enumerate(began)]
        return Seal(hashes, began, body_hash)

    def _relax(self, field: bytes) -> tuple[bytes, bytes]:
        """A field's name and its relaxed form with a line end, empty where it is not signed."""
        form = relaxed(field)
        name = form.partition(b":")[0]
        return name, b"" if name.decode() in self._unsigned else form + b"\r\n"

    def _begin(self, names: tuple[bytes, ...], seconds: int) -> list[Began]:
        every = ":".join([name.decode() for name in names] + self._oversigned)
        return [self._field(stored, make, every, seconds) for stored, make in self._keys]

    def _field(
        self, stored: StoredKey, make: Callable[[bytes], bytes], names: str, seconds: int
    ) -> Began:
        field = (
            f"DKIM-Signature: v=1; a={stored.algorithm}-sha256; c=relaxed/relaxed;\r\n"
            f" d={self._domain}; s={stored.selector}; t={seconds};\r\n"
            f" h={_folded(names)};\r\n bh="
        ).encode()
        return Began(make, field, relaxed(field))


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
