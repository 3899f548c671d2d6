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
from subscribers.due import after_edit, next_due
from subscribers.model import Consent, Schedule, SubscriptionStatus, SuppressionReason
from subscribers.storage import writing
from subscribers.tables import consents, subscribers, suppressions
from subscribers.tokens import Keyring
from subscribers.transfer.incoming import Barred, Incoming

_BLOCK = 1000
_CHUNK = 500  # values of one IN (…)
_RECEIVES = (SubscriptionStatus.CONFIRMED, SubscriptionStatus.PAUSED)


class Fate(StrEnum):
    """What became of a good line."""

    ADDED = "added"
    BARRED = "added, and suppressed by the file's word"
    STAYS_SUPPRESSED = "added, and stay suppressed"
    KNOWN = "known already, unchanged"
    UPDATED = "changed to the file's choices"
    LEFT = "unsubscribed by the file's word"
    SUPPRESSED = "known, and suppressed by the file's word"
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
        known = _known(connection, block)
        barred = self._suppressed(connection, block)
        new: list[Incoming] = []
        fates: list[Fate] = []
        for one in block:
            key = comparable(one.subscriber.email)
            before, here = known.get(key), barred.get(key)
            if before is not None:
                fates.append(self._meet(connection, before, one, here))
            elif here == SuppressionReason.ERASED:
                fates.append(Fate.ERASED)
            else:
                new.append(one)
                fates.append(_fate(one, here))
        self._insert(connection, new, barred)
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
        bars = [
            self._bar(one.subscriber.email, one.barred)
            for one in new
            if one.barred and comparable(one.subscriber.email) not in barred
        ]
        if bars:
            connection.execute(insert(suppressions), bars)

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

    def _meet(
        self, connection: Connection, before: Row[Any], one: Incoming, here: str | None
    ) -> Fate:
        fate = Fate.KNOWN
        if self._update and self._changed(connection, before, one):
            fate = Fate.UPDATED
        if one.subscriber.status is SubscriptionStatus.UNSUBSCRIBED and _may_leave(before, one):
            values = {"status": SubscriptionStatus.UNSUBSCRIBED, "due_at": None}
            rows.change(connection, before.id, values)
            given = Consent(action="unsubscribe", at=one.left_at or self._now, source="import")
            rows.record(connection, before.id, given)
            fate = Fate.LEFT
        if one.barred and here is None:
            bar = insert(suppressions).values(**self._bar(one.subscriber.email, one.barred))
            connection.execute(bar)
            rows.change(connection, before.id, {"suppressed": True})
            fate = Fate.SUPPRESSED
        return fate

    def _changed(self, connection: Connection, before: Row[Any], one: Incoming) -> bool:
        """Gives a known subscriber the choices that the file tells; whether they are others."""
        (stands,) = rows.with_topics(connection, [before])
        told = {name: getattr(one.subscriber, name) for name in one.given}
        if all(getattr(stands, name) == value for name, value in told.items()):
            return False
        if "topics" in told:
            rows.write_topics(connection, {before.id: told.pop("topics")})
        schedule = told.pop("schedule", stands.schedule)
        due = after_edit(stands.schedule, schedule, before.due_at, self._now)
        when = {name: getattr(schedule, name) for name in Schedule.__slots__}
        rows.change(connection, before.id, {**told, **when, "due_at": due})
        return True

    # Suppression

    def _suppressed(self, connection: Connection, block: Sequence[Incoming]) -> dict[str, str]:
        """The reasons of those whose address is suppressed here, by comparable address."""
        keys = {self._hash(key): key for key in (comparable(o.subscriber.email) for o in block)}
        c = suppressions.c
        found: dict[str, str] = {}
        for chunk in _chunks(list(keys)):
            query = select(c.address_hash, c.reason).where(c.address_hash.in_(chunk))
            found.update((keys[hashed], reason) for hashed, reason in connection.execute(query))
        return found

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


def _known(connection: Connection, block: Sequence[Incoming]) -> dict[str, Row[Any]]:
    keys = [comparable(one.subscriber.email) for one in block]
    found: dict[str, Row[Any]] = {}
    for chunk in _chunks(keys):
        query = select(subscribers).where(subscribers.c.email_key.in_(chunk))
        found.update((row.email_key, row) for row in connection.execute(query))
    return found


def _chunks(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]


def _fate(one: Incoming, here: str | None) -> Fate:
    if here is not None:
        return Fate.STAYS_SUPPRESSED
    return Fate.BARRED if one.barred else Fate.ADDED


def _may_leave(before: Row[Any], one: Incoming) -> bool:
    """Whether the file's departure counts: not where the person agreed here after it."""
    if before.status == SubscriptionStatus.UNSUBSCRIBED:
        return False
    agreed = before.confirmed_at
    return not (agreed and one.left_at and one.left_at < agreed)


def _consent(number: int, line: Consent) -> dict[str, Any]:
    return {
        "subscriber_id": number,
        "action": line.action,
        "at": line.at,
        "source": line.source,
        "text_version": line.text_version,
    }
