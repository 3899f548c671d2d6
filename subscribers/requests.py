"""What waits for the person at an address: a subscription to confirm, a link to be opened.

A request is asked for on a page and carried out only by a link that was mailed to the address.
Of each kind an address has at most one waiting in its slot: a day for what is to be confirmed,
an hour for links that were asked for by their reader.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    exists,
    select,
    update,
)

from subscribers.errors import ExpiredToken, InvalidToken, UsedToken
from subscribers.model import SubscriptionStatus
from subscribers.storage import UtcDateTime, inserting, writing
from subscribers.tables import metadata, subscribers

CONFIRM_WITHIN = timedelta(hours=48)
#: A link that opens what a forwarded mail must not: it was asked for just now.
FRESH_WITHIN = timedelta(hours=1)

requests = Table(
    "requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column(
        "subscriber_id",
        ForeignKey(subscribers.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("kind", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    # Where a request waits; null once it was used, so that another may follow.
    Column("slot", String(16)),
    Column("used_at", UtcDateTime),
    Column("choices", Text, nullable=False),
    Column("text_version", String(32), nullable=False),
    UniqueConstraint("subscriber_id", "kind", "slot"),
)


class Kind(StrEnum):
    """What is asked for."""

    SUBSCRIBE = "subscribe"
    CHANGE_ADDRESS = "change-address"
    NEW_ADDRESS = "new-address"
    EXPORT = "export"
    ERASE = "erase"

    @property
    def lasts(self) -> timedelta:
        """How long its link works."""
        return CONFIRM_WITHIN if self in _CONFIRMED else FRESH_WITHIN

    def slot(self, at: datetime) -> str:
        """In which only one request of this kind waits: a day, or an hour.

        A new address was entered behind a fresh link of its own: one typed wrong does not
        keep the right one waiting.
        """
        patterns = {Kind.SUBSCRIBE: "%Y-%m-%d", Kind.NEW_ADDRESS: "%m-%dT%H:%M:%S"}
        return at.astimezone(UTC).strftime(patterns.get(self, "%Y-%m-%dT%H"))


_CONFIRMED = (Kind.SUBSCRIBE, Kind.NEW_ADDRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something that was asked for and waits for its link to be opened.

    Attributes:
        id: random; the delivery's occasion, and what the link names.
        choices: of a subscription (`subscribers.choices`), or the new address.
        text_version: the wording that was shown when it was asked for.
    """

    id: str
    subscriber_id: int
    kind: Kind
    at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    choices: str = ""
    text_version: str = ""


class Requests:
    """The requests of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, kind: Kind, number: int, at: datetime, text: str = "") -> Request:
        """Takes a reader's wish for a link; the day's waiting one of this kind, if there is."""
        with writing(self._engine).begin() as connection:
            return ask(connection, kind, number, at, text, "")

    def waiting(self, number: str, kind: Kind, now: datetime) -> Request:
        """A request whose link may be used now.

        Raises:
            InvalidToken: there is none.
            UsedToken: it was carried out already.
            ExpiredToken: its time has passed.
        """
        with self._engine.connect() as connection:
            return _waiting(connection, number, kind, now)

    def use(self, number: str, kind: Kind, now: datetime) -> Request:
        """Marks a request as carried out; of several at once one succeeds.

        Raises:
            InvalidToken: there is none.
            UsedToken: it was carried out already.
            ExpiredToken: its time has passed.
        """
        with writing(self._engine).begin() as connection:
            return use(connection, number, kind, now)

    def purge(self, now: datetime) -> None:
        """Forgets requests that ended, and addresses that were entered and never confirmed."""
        with writing(self._engine).begin() as connection:
            connection.execute(delete(requests).where(requests.c.expires_at < now))
            waits = exists().where(requests.c.subscriber_id == subscribers.c.id)
            connection.execute(
                delete(subscribers).where(
                    subscribers.c.status == SubscriptionStatus.UNCONFIRMED,
                    subscribers.c.created_at < now - CONFIRM_WITHIN,
                    ~waits,
                )
            )


def ask(
    connection: Connection, kind: Kind, number: int, at: datetime, text: str, text_version: str
) -> Request:
    """Writes a request, or finds the one that waits in this slot already."""
    values = {
        "id": secrets.token_hex(16),
        "subscriber_id": number,
        "kind": kind,
        "at": at,
        "expires_at": at + kind.lasts,
        "slot": kind.slot(at),
        "choices": text,
        "text_version": text_version,
    }
    unique = ["subscriber_id", "kind", "slot"]
    new = inserting(connection, requests).values(**values)
    connection.execute(new.on_conflict_do_nothing(index_elements=unique))
    query = select(requests).where(*(requests.c[name] == values[name] for name in unique))
    return _request(connection.execute(query).one())


def _waiting(connection: Connection, number: str, kind: Kind, now: datetime) -> Request:
    query = select(requests).where(requests.c.id == number, requests.c.kind == kind)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InvalidToken
    if row.used_at is not None:
        raise UsedToken
    if row.expires_at <= now:
        raise ExpiredToken(until=f"{row.expires_at:%Y-%m-%d %H:%M} UTC")
    return _request(row)


def use(connection: Connection, number: str, kind: Kind, now: datetime) -> Request:
    """As `Requests.use`, within a transaction."""
    request = _waiting(connection, number, kind, now)
    statement = (
        update(requests)
        .where(requests.c.id == number, requests.c.used_at.is_(None))
        .values(used_at=now, slot=None)
    )
    if not connection.execute(statement).rowcount:
        raise UsedToken
    return request


def _request(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        subscriber_id=row.subscriber_id,
        kind=Kind(row.kind),
        at=row.at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        choices=row.choices,
        text_version=row.text_version,
    )
