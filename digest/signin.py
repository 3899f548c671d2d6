"""The operator's sign-in: one password, kept as an Argon2id hash, and sessions that can be ended.

A session's token stands in the operator's cookie alone; the database keeps its SHA-256, which
is enough for a token of 256 random bits (OWASP Session Management, Argon2id by RFC 9106).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from digest.database import UtcDateTime, writing
from digest.errors import PasswordTooLong, PasswordTooShort
from subscribers.tables import metadata

__all__ = ["Session", "SignIn", "metadata"]

SHORTEST, LONGEST = 12, 200  # characters; a longer one costs only time
IDLE = timedelta(hours=1)
LIFETIME = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)  # a page that is read writes nothing more often

passwords = Table(
    "operator_passwords",
    metadata,
    Column("id", Integer, primary_key=True),  # 1: there is one operator's page
    Column("hash", Text, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
)

sessions = Table(
    "operator_sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("began_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("network", String(64), nullable=False),
    Column("browser", String(200), nullable=False),
    # The audit log names sessions: no id is used again.
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in that still counts.

    Attributes:
        seen_at: when it last asked for a page, to the minute.
        network: from where it began: /24, in IPv6 /48.
        browser: what the browser calls itself.
    """

    id: int
    began_at: datetime
    seen_at: datetime
    network: str
    browser: str


class SignIn:
    """The operator's password and sessions, in one database.

    Args:
        engine: of a database with the program's schema.
        hasher: Argon2id with the parameters of RFC 9106's second choice; tests take less.
    """

    def __init__(self, engine: Engine, hasher: PasswordHasher | None = None) -> None:
        self._engine = engine
        self._hasher = hasher or PasswordHasher()

    # The password

    @property
    def is_on(self) -> bool:
        """Whether a password is set: without one there is no operator's page."""
        return self._hash() is not None

    def set_password(self, password: str, at: datetime) -> None:
        """Sets the password, and ends all sessions.

        Raises:
            PasswordTooShort: it has fewer than 12 characters.
            PasswordTooLong: it has more than 200.
        """
        if len(password) < SHORTEST:
            raise PasswordTooShort(least=SHORTEST)
        if len(password) > LONGEST:
            raise PasswordTooLong(most=LONGEST)
        values = {"id": 1, "hash": self._hasher.hash(password), "set_at": at}
        with writing(self._engine).begin() as connection:
            connection.execute(delete(passwords))
            connection.execute(insert(passwords).values(**values))
            connection.execute(delete(sessions))

    def turn_off(self) -> bool:
        """Takes the password and all sessions away; whether there was one."""
        with writing(self._engine).begin() as connection:
            connection.execute(delete(sessions))
            return bool(connection.execute(delete(passwords)).rowcount)

    def is_password(self, password: str) -> bool:
        """Whether it is the operator's; takes some hundredths of a second of processor time."""
        known = self._hash()
        if known is None or len(password) > LONGEST:
            return False
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    # Sessions

    def begin(self, at: datetime, network: str, browser: str) -> tuple[Session, str]:
        """Begins a session; the token is given this once. Old sessions are swept away."""
        token = secrets.token_urlsafe(32)
        values: dict[str, Any] = {"began_at": at, "seen_at": at}
        values |= {"network": network[:64], "browser": browser[:200]}
        with writing(self._engine).begin() as connection:
            connection.execute(delete(sessions).where(~_counts(at)))
            added = insert(sessions).values(token_hash=_hashed(token), **values)
            number = connection.execute(added.returning(sessions.c.id)).scalar_one()
        return Session(id=int(number), **values), token

    def session(self, token: str, at: datetime) -> Session | None:
        """The session of a token, None where it was ended, is too old or was idle too long."""
        query = select(sessions).where(sessions.c.token_hash == _hashed(token), _counts(at))
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        if at - row["seen_at"] >= _SEEN_EVERY:
            seen = update(sessions).where(sessions.c.id == row["id"]).values(seen_at=at)
            with writing(self._engine).begin() as connection:
                connection.execute(seen)
        return _session(row)

    def sessions(self, at: datetime) -> list[Session]:
        """Those that count, the latest first."""
        query = select(sessions).where(_counts(at)).order_by(sessions.c.id.desc())
        with self._engine.connect() as connection:
            return [_session(row) for row in connection.execute(query).mappings()]

    def end(self, number: int | None = None) -> int:
        """Ends a session, or all; how many there were."""
        ended = delete(sessions)
        ended = ended if number is None else ended.where(sessions.c.id == number)
        with writing(self._engine).begin() as connection:
            return connection.execute(ended).rowcount

    def _hash(self) -> str | None:
        with self._engine.connect() as connection:
            found: str | None = connection.execute(select(passwords.c.hash)).scalar_one_or_none()
            return found


def _counts(at: datetime) -> ColumnElement[bool]:
    c = sessions.c
    return (c.began_at > at - LIFETIME) & (c.seen_at > at - IDLE)


def _session(row: RowMapping) -> Session:
    return Session(**{name: row[name] for name in Session.__slots__})


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
