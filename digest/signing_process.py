"""Signs hashes: what a process of its own does, so that a signature by RSA holds up nobody.

    python -m digest.signing_process

Its standard input and output are one socket, whose other end is a sender's. First come the keys,
once, in PKCS #8, each after its length; then records of a key's number and a hash, of 33 octets.
Answered are the signatures, in the order of the records; how long each is its key says. It ends
when the sender is gone, however that ended.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

SigningKey = RSAPrivateKey | Ed25519PrivateKey
#: The number of a key, and a SHA-256 that it shall sign.
Hash = tuple[int, bytes]

_RECORD = 33  # octets: a number, a SHA-256
_AT_ONCE = 8  # signatures answered together: each answer wakes the sender
_LENGTH = struct.Struct("!H")
_PADDING, _HASHED = padding.PKCS1v15(), Prehashed(hashes.SHA256())


def signing(key: SigningKey) -> Callable[[bytes], bytes]:
    """Signs a SHA-256 as DKIM wants it: RFC 8301 for RSA, RFC 8463 3 for Ed25519."""
    if isinstance(key, RSAPrivateKey):
        return lambda digest: key.sign(digest, _PADDING, _HASHED)
    return key.sign


def size(key: SigningKey) -> int:
    """Octets of its signatures."""
    return (key.key_size + 7) // 8 if isinstance(key, RSAPrivateKey) else 64


def packed_keys(keys: Sequence[SigningKey]) -> bytes:
    """The keys as the process reads them."""
    packed = bytes([len(keys)])
    for key in keys:
        der = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        packed += _LENGTH.pack(len(der)) + der
    return packed


def packed_hashes(asked: Sequence[Hash]) -> bytes:
    """Records as the process reads them."""
    return b"".join([bytes((number,)) + digest for number, digest in asked])


def serve(ours: socket.socket) -> None:
    """Answers until the other end is closed."""
    with ours.makefile("rb") as stream:
        keys = [signing(key) for key in _read_keys(stream.read)]
        left = b""
        while data := stream.read1(_AT_ONCE * _RECORD - len(left)):
            left += data
            whole = len(left) - len(left) % _RECORD
            records = [left[at : at + _RECORD] for at in range(0, whole, _RECORD)]
            ours.sendall(b"".join([keys[one[0]](one[1:]) for one in records]))
            left = left[whole:]


def _read_keys(read: Callable[[int], bytes]) -> list[SigningKey]:
    keys = []
    for _ in range(read(1)[0]):
        (length,) = _LENGTH.unpack(read(_LENGTH.size))
        key = serialization.load_der_private_key(read(length), password=None)
        assert isinstance(key, SigningKey)  # noqa: S101  # we packed it
        keys.append(key)
    return keys


def main() -> None:
    """The process."""
    with socket.socket(fileno=0) as ours:
        try:
            serve(ours)
        except (ConnectionError, IndexError, ValueError, struct.error):
            return  # the sender went in the middle of something


if __name__ == "__main__":
    main()
