"""Which link keys a database goes with, so that others are not taken without a word.

Links are derived from keys in a file, and nothing of them is stored. With other keys all links
that were sent are dead, and erased addresses are known no more. So the database keeps a
fingerprint of each key, from which the key cannot be had.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Column, Engine, Integer, String, Table, delete, insert, inspect, select

from digest.database import shown, writing
from digest.errors import LinkKeysLost
from digest.keys import LINKS_FILE, load_links
from subscribers.tables import metadata, subscribers
from subscribers.tokens import Keyring

DEAD = "every link in mails that were sent is dead, and erased addresses are known no more"
_REMEDY = (
    f"without that, {DEAD}. Copy the file here from a backup or another machine; if it is lost, "
    "`digest keys rotate --links --lost` goes on with other keys"
)

link_keys = Table(
    "link_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(32), nullable=False),
)


def fingerprints(ring: Keyring) -> dict[int, str]:
    """Of each key of a ring: 128 bits, in hexadecimal."""
    return {number: ring.mac(number, b"fingerprint").hex() for number in ring.keys}


def ring_of(engine: Engine, folder: Path) -> Keyring:
    """The ring of an installation; where it never had one, it is made.

    Raises:
        LinkKeysLost: the folder has none, or others than the database goes with.
        SigningKeyError: the file holds no ring.
    """
    file = folder / LINKS_FILE
    ring = load_links(folder) if file.exists() else None
    tables = set(inspect(engine).get_table_names())
    known = _known(engine) if link_keys.name in tables else {}
    if ring is None:
        reason = "is not there" if known or _has_readers(engine, tables) else ""
    else:
        reason = difference(ring, known)
    if reason:
        raise LinkKeysLost(url=shown(engine), file=file, reason=reason, remedy=_REMEDY)
    return ring or load_links(folder)


def difference(ring: Keyring, known: Mapping[int, str]) -> str:
    """What keeps a ring from being that of these fingerprints; "" where it is."""
    found = fingerprints(ring)
    if any(found.get(number, mark) != mark for number, mark in known.items()):
        return "holds other keys"
    lacking = sorted(known.keys() - found.keys())
    return f"lacks key {lacking[0]}" if lacking else ""


def remember(engine: Engine, ring: Keyring, *, anew: bool = False) -> None:
    """Has the database go with a ring: with all keys that it has, too, or `anew` with it alone."""
    with writing(engine).begin() as connection:
        if anew:
            connection.execute(delete(link_keys))
        known = set(connection.execute(select(link_keys.c.number)).scalars())
        new = [
            {"number": number, "fingerprint": mark}
            for number, mark in fingerprints(ring).items()
            if number not in known
        ]
        if new:
            connection.execute(insert(link_keys), new)


def _known(engine: Engine) -> dict[int, str]:
    with engine.connect() as connection:
        return {row.number: row.fingerprint for row in connection.execute(select(link_keys))}


def _has_readers(engine: Engine, tables: set[str]) -> bool:
    if subscribers.name not in tables:
        return False
    with engine.connect() as connection:
        return connection.execute(select(subscribers.c.id).limit(1)).first() is not None
