"""The audit log: what the operator did, when, to whom; from the command line or their page.

An act is written before it is done and ended afterwards, so that one that failed or was killed
leaves its trace, too. It names a subscriber by their row and never by their address: whose row
is erased cannot be found in it any more. Of an address without a row it keeps the first letter
and the domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from digest.database import UtcDateTime, writing
from subscribers.address import comparable
from subscribers.errors import PaperDigestError
from subscribers.tables import metadata, subscribers

__all__ = ["Act", "AuditLog", "Place", "metadata"]

DONE = "done"
_LONGEST = 2000  # characters of a detail or an outcome

acts = Table(
    "acts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("place", String(16), nullable=False),
    Column("who", String(64), nullable=False),
    Column("action", String(48), nullable=False),
    Column("subscriber_id", ForeignKey(subscribers.c.id, ondelete="SET NULL")),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    # "" while it goes on, or where it was killed.
    Column("outcome", Text, nullable=False),
    Index("ix_acts_subscriber_id", "subscriber_id"),
)


class Place(StrEnum):
    """Where the operator was."""

    COMMAND_LINE = "command line"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that the operator did.

    Attributes:
        place: at the command line, or on their page.
        who: the user's name there.
        action: the command's words: `subscriber pause`.
        subject: on whom or what: an address, a domain, a key; "" where it is all.
        detail: what exactly.
        outcome: `done`, why it failed, or "" where it goes on or was killed.
    """

    id: int
    at: datetime
    place: Place
    who: str
    action: str
    subject: str
    detail: str
    outcome: str


@dataclass(slots=True)
class Doing:
    """An act that goes on; what is written here stands in the log when it ends."""

    subject: str = ""
    detail: str = ""


class AuditLog:
    """The acts of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def act(
        self, place: Place, who: str, action: str, at: datetime, subject: str = "", detail: str = ""
    ) -> Iterator[Doing]:
        """Notes an act around the block that does it, with how it ended.

        Args:
            place: where the operator is.
            who: their name there.
            action: what they do.
            at: when.
            subject: on whom or what; an address becomes the subscriber's row.
            detail: what exactly; the block may set it.
        """
        doing = Doing(subject, detail)
        number = self._begin(place, who, action, at, doing)
        try:
            yield doing
        except BaseException as error:
            self._end(number, doing, f"failed: {_told(error)}")
            raise
        self._end(number, doing, DONE)

    def list(
        self, *, limit: int = 50, before: int | None = None, subscriber_id: int | None = None
    ) -> list[Act]:
        """Acts, the latest first.

        Args:
            limit: at most so many.
            before: only those with a lower id: the next page.
            subscriber_id: only on this subscriber.
        """
        query = select(acts, subscribers.c.email).outerjoin(
            subscribers, subscribers.c.id == acts.c.subscriber_id
        )
        if before is not None:
            query = query.where(acts.c.id < before)
        if subscriber_id is not None:
            query = query.where(acts.c.subscriber_id == subscriber_id)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(acts.c.id.desc()).limit(limit)).mappings()
            return [
                Act(
                    **{name: row[name] for name in ("id", "at", "who", "action", "detail")},
                    place=Place(row["place"]),
                    subject=row["email"] or row["subject"],
                    outcome=row["outcome"],
                )
                for row in found
            ]

    def _begin(self, place: Place, who: str, action: str, at: datetime, doing: Doing) -> int:
        values = {"place": place, "who": who[:64], "action": action, "at": at, "outcome": ""}
        with writing(self._engine).begin() as connection:
            values |= _named(connection, doing)
            found = connection.execute(insert(acts).values(**values).returning(acts.c.id))
            return int(found.scalar_one())

    def _end(self, number: int, doing: Doing, outcome: str) -> None:
        with writing(self._engine).begin() as connection:
            named = _named(connection, doing)
            told = _without(doing.subject, outcome)
            values = named | {"outcome": told[:_LONGEST]}
            connection.execute(update(acts).where(acts.c.id == number).values(**values))


def _named(connection: Connection, doing: Doing) -> dict[str, object]:
    """The columns that say on whom; a subscriber's address stands in their own row alone."""
    values: dict[str, object] = {"detail": doing.detail[:_LONGEST], "subject": doing.subject}
    if "@" in doing.subject:
        key = subscribers.c.email_key == comparable(doing.subject.strip())
        number = connection.execute(select(subscribers.c.id).where(key)).scalar_one_or_none()
        known = "a subscriber" if number else _masked(doing.subject)
        values |= {"subscriber_id": number, "subject": known}
    return values


def _told(error: BaseException) -> str:
    """What is safe to keep: our own errors and those of the command line, else the kind alone.

    A database's error may hold the addresses that a statement was about.
    """
    if isinstance(error, PaperDigestError):
        return str(error)
    return str(getattr(error, "message", "") or type(error).__name__)


def _masked(address: str) -> str:
    return f"{address.strip()[:1]}…@{address.strip().rpartition('@')[2]}"


def _without(subject: str, told: str) -> str:
    """What is told, without the address it may name."""
    if "@" not in subject:
        return told
    return re.sub(re.escape(subject.strip()), _masked(subject), told, flags=re.IGNORECASE)
