"""Keys on disk: the ring that links are derived from, and DKIM keys.

All lie in the keys folder, which only its owner can read: `links.json` is the ring,
`<selector>.pem` a private key (PKCS #8). Nothing is ever overwritten.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from digest import private
from digest.errors import SigningKeyError, SigningKeyThere
from digest.signing_process import SigningKey
from subscribers.tokens import Keyring

LINKS_FILE = "links.json"
RSA_BITS = 2048  # RFC 8301 3.2
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")  # a label (RFC 1035)


def load_links(folder: Path) -> Keyring:
    """The ring of an installation, made at its first use.

    Raises:
        SigningKeyError: the file is there and holds no ring.
    """
    path = folder / LINKS_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return _create_links(path)
    except OSError as error:
        raise SigningKeyError(file=path, reason=error.strerror) from None
    return _parse_links(path, text)


def links_at_hand(folder: Path) -> Keyring:
    """The ring of an installation, or a passing one where it has none: for what is not sent.

    Raises:
        SigningKeyError: the file is there and holds no ring.
    """
    return load_links(folder) if (folder / LINKS_FILE).exists() else Keyring.generate()


def rotate_links(folder: Path) -> Keyring:
    """Adds a key and makes new links with it; links that are out go on working.

    Raises:
        SigningKeyError: the file is there and holds no ring.
    """
    ring = load_links(folder).rotate()
    path = folder / LINKS_FILE
    staged = path.with_suffix(".new")
    staged.unlink(missing_ok=True)
    _write_private(staged, _links_text(ring))
    staged.replace(path)
    return ring


def _create_links(path: Path) -> Keyring:
    ring = Keyring.generate()
    try:
        _write_private(path, _links_text(ring))
    except FileExistsError:  # another process was first: its ring is the one
        return _parse_links(path, path.read_text(encoding="utf-8"))
    return ring


def _links_text(ring: Keyring) -> bytes:
    keys = {str(number): base64.b64encode(key).decode() for number, key in ring.keys.items()}
    return json.dumps({"current": ring.current, "keys": keys}, indent=2).encode() + b"\n"


def _parse_links(path: Path, text: str) -> Keyring:
    try:
        values = json.loads(text)
        keys = {int(n): base64.b64decode(key, validate=True) for n, key in values["keys"].items()}
        ring = Keyring(keys, values["current"])
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise SigningKeyError(file=path, reason="it does not hold link keys") from None
    if ring.current not in keys or any(len(key) < 32 for key in keys.values()):
        raise SigningKeyError(file=path, reason="its current key is missing or one is too short")
    return ring


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A DKIM key in the keys folder."""

    selector: str
    key: SigningKey

    @property
    def algorithm(self) -> str:
        """`rsa` or `ed25519`, as in a DNS record's k= (RFC 6376, RFC 8463)."""
        return "rsa" if isinstance(self.key, RSAPrivateKey) else "ed25519"

    def record(self, domain: str) -> tuple[str, str]:
        """The name and the text of the DNS TXT record that publishes it."""
        name = f"{self.selector}._domainkey.{domain}"
        return name, f"v=DKIM1; k={self.algorithm}; p={_public(self.key)}"

    def zone_line(self, domain: str) -> str:
        """The record for a zone file, in strings of at most 255 octets (RFC 6376 3.6.2.2)."""
        name, text = self.record(domain)
        parts = " ".join(f'"{text[i : i + 255]}"' for i in range(0, len(text), 255))
        return f"{name}. IN TXT {parts}"


def _public(key: SigningKey) -> str:
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        raw = public.public_bytes(pem.Encoding.DER, pem.PublicFormat.SubjectPublicKeyInfo)
    else:  # RFC 8463 4: the bare 32 octets
        raw = public.public_bytes(pem.Encoding.Raw, pem.PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def new_signing_key(folder: Path, selector: str, algorithm: str) -> StoredKey:
    """Makes and stores a key: `rsa` of 2048 bits, or `ed25519`.

    Raises:
        SigningKeyThere: there is one of that name already.
        SigningKeyError: the name is none for DNS.
    """
    if not _SELECTOR.fullmatch(selector):
        reason = "a selector is made of letters, digits and hyphens, 63 at most"
        raise SigningKeyError(file=repr(selector), reason=reason)
    key: SigningKey
    if algorithm == "rsa":
        key = generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    else:
        key = Ed25519PrivateKey.generate()
    data = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    path = folder / f"{selector}.pem"
    try:
        _write_private(path, data)
    except FileExistsError:
        remedy = "`digest keys list` shows it, and `--selector NAME` makes others beside it"
        raise SigningKeyThere(file=path, remedy=remedy) from None
    return StoredKey(selector, key)


def load_signing_key(folder: Path, selector: str, algorithm: str = "") -> StoredKey:
    """A stored key.

    Args:
        folder: of the keys.
        selector: which one.
        algorithm: `rsa` or `ed25519`, where it has to be of that kind.

    Raises:
        SigningKeyError: it is missing, unreadable, of a kind that DKIM does not know, or of
            another than it has to be.
    """
    stored = _load(folder / f"{selector}.pem", selector)
    if algorithm and stored.algorithm != algorithm:
        reason = f"{algorithm}_selector names it, and it is a key of {stored.algorithm}"
        raise SigningKeyError(file=folder / f"{selector}.pem", reason=reason)
    return stored


def _load(path: Path, selector: str) -> StoredKey:
    try:
        key = pem.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SigningKeyError(file=path, reason=error.strerror) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SigningKeyError(file=path, reason="not an unencrypted PEM private key") from None
    if isinstance(key, RSAPrivateKey) and key.key_size >= RSA_BITS:
        return StoredKey(selector, key)
    if isinstance(key, Ed25519PrivateKey):
        return StoredKey(selector, key)
    raise SigningKeyError(file=path, reason="DKIM wants RSA of at least 2048 bits, or Ed25519")


def retire_signing_key(folder: Path, selector: str) -> Path:
    """Puts a key aside under another ending, where nothing finds it.

    Raises:
        SigningKeyThere: its retired form is there already.
        SigningKeyError: it is not there itself.
    """
    path = folder / f"{selector}.pem"
    retired = path.with_suffix(".retired")
    if retired.exists():
        raise SigningKeyThere(file=retired, remedy="move it away first")
    try:
        path.rename(retired)
    except OSError as error:
        raise SigningKeyError(file=path, reason=error.strerror) from None
    return retired


def stored_selectors(folder: Path) -> list[str]:
    """The selectors of all DKIM keys in the folder, retired ones left out."""
    return sorted(path.stem for path in folder.glob("*.pem") if not path.is_dir())


def _write_private(path: Path, data: bytes) -> None:
    """Writes a new file, in a folder that is its owner's alone, too, where it is new."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    private.write(path, data)
