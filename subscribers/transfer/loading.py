"""From good lines to the store: all in one transaction, in blocks.

Who is known already keeps what they chose here. A file can end a subscription or bar an
address, never revive one: an older list must not overrule what a person did since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

from subscribers import rows
from subscribers.address import comparable
from subscribers.due import next_due
from subscribers.model import Consent, Schedule, SubscriptionStatus, SuppressionReason
from subscribers.storage import writing
from subscribers.tables import consents, subscribers, suppressions
from subscribers.tokens import Keyring
from subscribers.transfer.incoming import Barred, Incoming
from subscribers.transfer.meeting import Meeting, chunks

_BLOCK = 1000
_RECEIVES = (SubscriptionStatus.CONFIRMED, SubscriptionStatus.PAUSED)


class Fate(StrEnum):
    """What became of a good line."""

    ADDED = "added"
    BARRED = "added, but suppressed as the file says"
    STAYS_SUPPRESSED = "added, but suppressed as before"
    KNOWN = "known already: nothing changed"
    UPDATED = "known already: changed to the file's choices"
    LEFT = "known already: unsubscribed as the file says"
    SUPPRESSED = "known already: suppressed as the file says"
    ERASED = "left out: erased by their own will"


class Loader:
    """Writes what a file told.

    Args:
        engine: of a database with the program's schema.
        ring: its oldest key hashes the addresses of the suppression list.
        now: the clock.
        update: who is known takes over what the file says of topics, schedule and template.
    """

    def __init__(
        self, engine: Engine, ring: Keyring, now: datetime, *, update: bool = False
    ) -> None:
        self._engine = engine
        self._ring = ring
        self._now = now
        self._update = update
        self._due: dict[Schedule, datetime] = {}

    def load(
        self,
        incoming: Sequence[Incoming],
        *,
        dry_run: bool = False,
        done: Callable[[int], None] = lambda _: None,
    ) -> Counter[Fate]:
        """Writes all of it or nothing; returns how many lines came to which end.

        Args:
            incoming: addresses that differ.
            dry_run: everything is tried and taken back.
            done: hears how many lines were written since.
        """
        fates: Counter[Fate] = Counter()
        with writing(self._engine).connect() as connection:
            for start in range(0, len(incoming), _BLOCK):
                block = incoming[start : start + _BLOCK]
                fates.update(self._write(connection, block))
                done(len(block))
            if dry_run:
                connection.rollback()
            else:
                connection.commit()
        return fates

    def _write(self, connection: Connection, block: Sequence[Incoming]) -> list[Fate]:
        meeting = Meeting(connection, block, self._now, update=self._update)
        barred = self._suppressed(connection, block)
        new: list[Incoming] = []
        fates: list[Fate] = []
        for one in block:
            key = comparable(one.subscriber.email)
            before, here = meeting.known.get(key), barred.get(key)
            if before is not None:
                fates.append(self._meet(meeting, before, one, here))
            elif here == SuppressionReason.ERASED:
                fates.append(Fate.ERASED)
            else:
                new.append(one)
                fates.append(_fate(one, here))
        meeting.write()
        self._insert(connection, new, barred)
        self._bar_all(connection, block, barred)
        return fates

    # Those who are new

    def _insert(
        self, connection: Connection, new: Sequence[Incoming], barred: Mapping[str, str]
    ) -> None:
        if not new:
            return
        values = [self._row(one, barred) for one in new]
        made = insert(subscribers).returning(subscribers.c.id, subscribers.c.email_key)
        ids = {key: number for number, key in connection.execute(made, values)}
        numbered = [(ids[comparable(one.subscriber.email)], one) for one in new]
        rows.write_topics(
            connection,
            {number: one.subscriber.topics for number, one in numbered if one.subscriber.topics},
        )
        lines = [_consent(number, line) for number, one in numbered for line in one.history]
        if lines:
            connection.execute(insert(consents), lines)

    def _row(self, one: Incoming, barred: Mapping[str, str]) -> dict[str, Any]:
        subscriber = one.subscriber
        key = comparable(subscriber.email)
        receives = subscriber.status in _RECEIVES
        return rows.chosen(subscriber) | {
            "email": subscriber.email,
            "email_key": key,
            "status": subscriber.status,
            "suppressed": one.barred is not None or key in barred,
            "soft_bounces": one.soft_bounces,
            "resting_until": one.resting_until,
            "created_at": subscriber.created_at,
            "confirmed_at": subscriber.confirmed_at,
            "due_at": self._next_due(subscriber.schedule) if receives else None,
        }

    def _next_due(self, schedule: Schedule) -> datetime:
        """Thousands of readers share a few schedules."""
        if schedule not in self._due:
            self._due[schedule] = next_due(schedule, self._now)
        return self._due[schedule]

    # Those who are known

    def _meet(self, meeting: Meeting, before: Row[Any], one: Incoming, here: str | None) -> Fate:
        fate = Fate.KNOWN
        if meeting.changes(before, one):
            fate = Fate.UPDATED
        if meeting.leaves(before, one):
            fate = Fate.LEFT
        if one.barred and here is None:
            meeting.suppress(before)
            fate = Fate.SUPPRESSED
        return fate

    # Suppression

    def _suppressed(self, connection: Connection, block: Sequence[Incoming]) -> dict[str, str]:
        """The reasons of those whose address is suppressed here, by comparable address."""
        keys = {self._hash(key): key for key in (comparable(o.subscriber.email) for o in block)}
        c = suppressions.c
        found: dict[str, str] = {}
        for chunk in chunks(list(keys)):
            query = select(c.address_hash, c.reason).where(c.address_hash.in_(chunk))
            found.update((keys[hashed], reason) for hashed, reason in connection.execute(query))
        return found

    def _bar_all(
        self, connection: Connection, block: Sequence[Incoming], barred: Mapping[str, str]
    ) -> None:
        """Suppresses the addresses that the file bars, where they are not already."""
        bars = [
            self._bar(one.subscriber.email, one.barred)
            for one in block
            if one.barred and comparable(one.subscriber.email) not in barred
        ]
        if bars:
            connection.execute(insert(suppressions), bars)

    def _bar(self, email: str, barred: Barred) -> dict[str, Any]:
        key = self._hash(comparable(email))
        return {
            "address_hash": key,
            "reason": barred.reason,
            "at": barred.at,
            "detail": barred.detail,
        }

    def _hash(self, key: str) -> str:
        return self._ring.address_hash(key)


def _fate(one: Incoming, here: str | None) -> Fate:
    if here is not None:
        return Fate.STAYS_SUPPRESSED
    return Fate.BARRED if one.barred else Fate.ADDED


def _consent(number: int, line: Consent) -> dict[str, Any]:
    return {
        "subscriber_id": number,
        "action": line.action,
        "at": line.at,
        "source": line.source,
        "text_version": line.text_version,
    }
