"""VERP: a return path per delivery, so that a bounce says whose it is (RFC 3461, RFC 5321).

The local part is `<sender's local part>+<token>`. Mail systems may fold the case of a local
part, and base64url does not survive that, so the token is written in base32; RFC 5321
4.5.3.1.1 leaves a local part 64 octets, of which the token takes 44.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from subscribers.errors import InvalidToken
from subscribers.tokens import Keyring, Purpose, sign, verify

IDENTITY_BYTES = 5
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _BASE32 for second in _BASE32)
LONGEST_LOCAL_PART = 64
_TOKEN_LENGTH = 44


@dataclass(frozen=True, slots=True)
class Returned:
    """What a genuine return path says: the subscriber, and which delivery to them."""

    subscriber_id: int
    identity: bytes


@lru_cache(maxsize=256)
def identity(kind: str, occasion: str) -> bytes:
    """Names one delivery among those to a subscriber."""
    return hashlib.sha256(f"{kind}\n{occasion}".encode()).digest()[:IDENTITY_BYTES]


def token(
    ring: Keyring, subscriber_id: int, kind: str, occasion: str, *, key_id: int | None = None
) -> str:
    """The token of one delivery: lower-case letters and digits, for VERP and for ENVID."""
    extra = identity(kind, occasion)
    raw = sign(ring, Purpose.RETURN_PATH, subscriber_id, extra, key_id=key_id)
    return base32(raw)


def base32(raw: bytes) -> str:
    """RFC 4648 section 6 in lower case without padding, in half the time of `base64.b32encode`."""
    length = (len(raw) * 8 + 4) // 5
    whole = raw + b"\0" * (-len(raw) % 5)
    pairs: list[str] = []
    for start in range(0, len(whole), 5):
        bits = int.from_bytes(whole[start : start + 5], "big")
        pairs += (
            _PAIRS[bits >> 30],
            _PAIRS[bits >> 20 & 1023],
            _PAIRS[bits >> 10 & 1023],
            _PAIRS[bits & 1023],
        )
    return "".join(pairs)[:length]


def message_name(
    ring: Keyring, subscriber_id: int, kind: str, occasion: str, email: str, *, key_id: int
) -> str:
    """The left side of a Message-ID: the same at every rendering, and not to be guessed.

    Who answers a message names it, which proves that they had it.
    """
    named = f"{subscriber_id}\n{kind}\n{occasion}\n{email}".encode()
    return ring.mac(key_id, b"message-id:" + named).hex()


def fits(sender: str) -> bool:
    """Whether the sender's address leaves room for a token."""
    local, _, _ = sender.rpartition("@")
    return len(local) + 1 + _TOKEN_LENGTH <= LONGEST_LOCAL_PART


def encode(sender: str, delivery_token: str) -> str:
    """The return path of a delivery: the plain sender where its local part is too long."""
    local, _, domain = sender.rpartition("@")
    return f"{local}+{delivery_token}@{domain}" if fits(sender) else sender


def decode(ring: Keyring, address: str) -> Returned:
    """Whose delivery a bounce's recipient address names, in whatever case it came back.

    Raises:
        InvalidToken: the address holds no token of ours.
    """
    local, _, _ = address.strip("<>").rpartition("@")
    return read_token(ring, local.rpartition("+")[2])


def read_token(ring: Keyring, delivery_token: str) -> Returned:
    """What a token says, from a return path or from an ENVID.

    Raises:
        InvalidToken: it is not ours.
    """
    text = delivery_token.upper()
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        raise InvalidToken from None
    link = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    claim = verify(ring, link, Purpose.RETURN_PATH)
    if len(claim.extra) != IDENTITY_BYTES:
        raise InvalidToken
    return Returned(claim.subscriber_id, claim.extra)
