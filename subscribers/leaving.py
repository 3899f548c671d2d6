"""Leaving: why people went, without who they were, and the way back for those who slipped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Column, Engine, Integer, String, Table, Text, insert, select

from subscribers import rows
from subscribers.consent import Action
from subscribers.errors import InvalidTransition, UnknownSubscriber
from subscribers.model import Consent, Subscriber, SubscriptionStatus
from subscribers.storage import UtcDateTime, writing
from subscribers.tables import consents, metadata, subscribers

#: An unsubscription can be taken back for so long; after it, one subscribes anew.
UNDO_WITHIN = timedelta(hours=24)
LONGEST_NOTE = 1000

departures = Table(
    "departures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("note", Text, nullable=False),
)


class Reason(StrEnum):
    """Why somebody unsubscribed, in the choices that the page offers."""

    TOO_MANY = "too-many"
    NOT_MINE = "not-mine"
    NEVER_ASKED = "never-asked"
    ELSEWHERE = "elsewhere"
    OTHER = "other"


def status_before(
    history: Sequence[Consent], confirmed_at: datetime | None
) -> SubscriptionStatus | None:
    """Where a subscription stood before its last step, if that was an unsubscription.

    One that had never been confirmed is not confirmed by coming back.
    """
    if not history or history[-1].action != Action.UNSUBSCRIBE:
        return None
    if confirmed_at is None:
        return SubscriptionStatus.UNCONFIRMED
    steps = (line.action for line in reversed(history))
    halted = next((step for step in steps if step in (Action.PAUSE, Action.RESUME)), None)
    return SubscriptionStatus.PAUSED if halted == Action.PAUSE else SubscriptionStatus.CONFIRMED


class Departures:
    """Reasons for leaving, and unsubscriptions taken back."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, reason: Reason, text: str, at: datetime) -> None:
        """Keeps a reason; nothing in it leads to the person."""
        values = {"at": at, "reason": reason, "note": text[:LONGEST_NOTE]}
        with writing(self._engine).begin() as connection:
            connection.execute(insert(departures).values(**values))

    def reasons(self) -> list[tuple[datetime, Reason, str]]:
        """All reasons, the newest first."""
        query = select(departures).order_by(departures.c.id.desc())
        with self._engine.connect() as connection:
            return [(row.at, Reason(row.reason), row.note) for row in connection.execute(query)]

    def can_undo(self, reader: Subscriber, history: Sequence[Consent], now: datetime) -> bool:
        """Whether this unsubscription is fresh enough to be taken back."""
        before = status_before(history, reader.confirmed_at)
        return before is not None and now - history[-1].at <= UNDO_WITHIN

    def undo(self, number: int, given: Consent) -> None:
        """Puts a subscription back to where it stood before it was left.

        Raises:
            UnknownSubscriber: no subscriber has this id.
            InvalidTransition: it was not left, or too long ago.
        """
        with writing(self._engine).begin() as connection:
            query = select(subscribers).where(subscribers.c.id == number)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise UnknownSubscriber(email=f"number {number}")
            found = select(consents).where(consents.c.subscriber_id == number)
            lines = connection.execute(found.order_by(consents.c.id)).all()
            history = [Consent(action=line.action, at=line.at, source="") for line in lines]
            before = status_before(history, row.confirmed_at)
            if before is None or given.at - history[-1].at > UNDO_WITHIN:
                raise InvalidTransition(email=row.email, status=row.status, action="be restored")
            due = rows.due_after_change(row, before, given.at)
            rows.change(connection, number, {"status": before, "due_at": due})
            rows.record(connection, number, given)
