"""Links that act for a subscriber: derived by HMAC, one purpose each, nothing stored.

A token is `base64url(key id · purpose · subscriber · extra · MAC)`. The MAC is HMAC-SHA-256
over everything before it, cut to 128 bits, so a token for one purpose, subscriber or paper
is no token for another. Because a token is derived, a message can be rendered again to the
same bytes; of a link that works once, only its use is stored (`digest`).

An unsubscribe token is 30 characters, which leaves a List-Unsubscribe header within the 76
characters that mail clients read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache

from subscribers.errors import ExpiredToken, InvalidToken

MAC_BYTES = 16
_BLOCK = 64  # of SHA-256, in octets
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_HEAD = struct.Struct(">BBI")  # key id, purpose, subscriber id
_SUPPLIED = 2  # octets of it that a brief token leaves out


class Purpose(IntEnum):
    """What a link may do. A number is written into links that are out: never reused."""

    UNSUBSCRIBE = 1
    CONFIRM = 2
    PREFERENCES = 3
    FEEDBACK = 4
    WEB_COPY = 5
    CHANGE_ADDRESS = 6
    EXPORT = 7
    ERASE = 8
    FEED = 9
    RETURN_PATH = 10


@dataclass(frozen=True, slots=True)
class Claim:
    """What a verified token says."""

    purpose: Purpose
    subscriber_id: int
    extra: bytes = b""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secrets that links are derived from, by id; `current` makes the new ones.

    Older keys go on verifying, so that an unsubscribe link in an old mail still works.
    """

    keys: Mapping[int, bytes]
    current: int

    @classmethod
    def generate(cls) -> Keyring:
        """A new ring of one key."""
        return cls({1: secrets.token_bytes(32)}, 1)

    def rotate(self) -> Keyring:
        """The same ring with a new current key."""
        newest = max(self.keys) % 255 + 1
        return Keyring({**self.keys, newest: secrets.token_bytes(32)}, newest)

    def mac(self, key_id: int, data: bytes) -> bytes:
        """The MAC of `data` under one key."""
        begun, ended = _states(self.keys[key_id])
        inner, outer = begun.copy(), ended.copy()
        inner.update(data)
        outer.update(inner.digest())
        return outer.digest()[:MAC_BYTES]

    def address_hash(self, email: str) -> str:
        """A keyed hash by which an address is known after it was erased.

        It is made with the oldest key, which rotation keeps, so that it stays the same.
        """
        key = self.keys[min(self.keys)]
        return hmac.new(key, b"address:" + email.casefold().encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=256)
def _states(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """HMAC's two hashes with the key in them already (RFC 2104 section 4 proposes to keep them).

    A digest has a dozen tokens, and `hmac.digest` takes six times as long as two copies.
    """
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (bytes(octet ^ pad for octet in block) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


def issue(
    ring: Keyring,
    purpose: Purpose,
    subscriber_id: int,
    extra: bytes = b"",
    *,
    key_id: int | None = None,
) -> str:
    """A token; with `key_id` the one that an earlier rendering made."""
    raw = sign(ring, purpose, subscriber_id, extra, key_id=key_id)
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()


def issue_octets(ring: Keyring, key_id: int, bodies: Iterable[bytes]) -> list[bytes]:
    """Tokens of several bodies (a head of `heads`, then the extra), in ASCII."""
    begun, ended = _states(ring.keys[key_id])
    copy_inner, copy_outer, write = begun.copy, ended.copy, binascii.b2a_base64
    lines = []
    for data in bodies:
        inner, outer = copy_inner(), copy_outer()
        inner.update(data)
        outer.update(inner.digest())
        lines.append(write(data + outer.digest()[:MAC_BYTES]))
    return b"".join(lines).translate(_URL_SAFE, b"=").splitlines()


def heads(key_id: int, purposes: tuple[Purpose, ...], subscriber_id: int) -> list[bytes]:
    """What stands before the extra in bodies of several purposes."""
    number = subscriber_id.to_bytes(4, "big")
    return [start + number for start in _starts(key_id, purposes)]


@lru_cache(maxsize=256)
def _starts(key_id: int, purposes: tuple[Purpose, ...]) -> list[bytes]:
    return [bytes((key_id, purpose)) for purpose in purposes]


def sign(
    ring: Keyring,
    purpose: Purpose,
    subscriber_id: int,
    extra: bytes = b"",
    *,
    key_id: int | None = None,
) -> bytes:
    """A token's octets, to be written where base64 cannot stand."""
    used = ring.current if key_id is None else key_id
    said = _HEAD.pack(used, purpose, subscriber_id) + extra
    return said + ring.mac(used, said)


def verify(ring: Keyring, token: str, purpose: Purpose) -> Claim:
    """What a token says, if it is ours and for this purpose.

    Raises:
        InvalidToken: it is not, whatever the cause; the cause is not told.
    """
    raw = _decode(token)
    if len(raw) < _HEAD.size + MAC_BYTES:
        raise InvalidToken
    said, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    key_id, number, subscriber_id = _HEAD.unpack_from(said)
    # An unknown key is compared too, so that the answer takes the same time.
    known = key_id if key_id in ring.keys else ring.current
    genuine = hmac.compare_digest(ring.mac(known, said), mac)
    if not genuine or known != key_id or number != purpose:
        raise InvalidToken
    return Claim(purpose, subscriber_id, said[_HEAD.size :])


def brief(
    ring: Keyring, purpose: Purpose, subscriber_id: int, *, key_id: int | None = None
) -> bytes:
    """A token's octets without what its reader can supply: the key, one of few, and the purpose.

    Two octets less of the same secret: the MAC is whole, that of the token itself.
    """
    return sign(ring, purpose, subscriber_id, key_id=key_id)[_SUPPLIED:]


def verify_brief(ring: Keyring, raw: bytes, purpose: Purpose) -> Claim:
    """What a brief token says, if it is ours and for this purpose.

    Raises:
        InvalidToken: it is not, whatever the cause; the cause is not told.
    """
    if len(raw) != _HEAD.size - _SUPPLIED + MAC_BYTES:
        raise InvalidToken
    (subscriber_id,) = struct.unpack_from(">I", raw)
    # Every key is tried, so that the answer takes the same time.
    tried = [
        hmac.compare_digest(brief(ring, purpose, subscriber_id, key_id=key_id), raw)
        for key_id in ring.keys
    ]
    if not any(tried):
        raise InvalidToken
    return Claim(purpose, subscriber_id)


def expiring(until: datetime, extra: bytes = b"") -> bytes:
    """The `extra` of a token that ends at `until`."""
    return struct.pack(">I", int(until.timestamp())) + extra


def check_expiry(claim: Claim, now: datetime) -> bytes:
    """The rest of an expiring token's `extra`.

    Raises:
        ExpiredToken: it has ended.
        InvalidToken: it holds no end.
    """
    if len(claim.extra) < 4:  # the four octets that `expiring` writes
        raise InvalidToken
    (seconds,) = struct.unpack_from(">I", claim.extra)
    until = datetime.fromtimestamp(seconds, UTC)
    if now >= until:
        raise ExpiredToken(until=f"{until:%Y-%m-%d %H:%M} UTC")
    return claim.extra[4:]


def _decode(token: str) -> bytes:
    """The token's octets; one text has one meaning, so trailing bits must be zero."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidToken from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise InvalidToken
    return raw
