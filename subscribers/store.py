"""The store of subscribers: synchronous, in batches; asynchronous code calls it in a thread."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from subscribers import consent, rows
from subscribers.address import comparable, normalise
from subscribers.consent import Action
from subscribers.errors import SubscriberExists, SubscriberSuppressed, UnknownSubscriber
from subscribers.model import (
    Consent,
    Subscriber,
    SubscriptionStatus,
    Suppression,
    SuppressionReason,
)
from subscribers.past import rescheduled
from subscribers.storage import writing
from subscribers.tables import (
    consents,
    subscriber_topics,
    subscribers,
    suppressions,
    token_uses,
    topics,
)
from subscribers.tokens import Keyring

BLOCK = 1000


class SubscriberStore:
    """Subscribers with their topics, consent and suppressions, in one database.

    Args:
        engine: of a database with the program's schema.
        ring: its oldest key hashes the addresses of the suppression list.
    """

    def __init__(self, engine: Engine, ring: Keyring) -> None:
        self._engine = engine
        self._ring = ring

    # Adding and changing

    def add(self, subscriber: Subscriber, given: Consent) -> Subscriber:
        """Stores a new subscriber with the consent that brought them; returns them with id.

        An address that unsubscribed earlier comes back under its old id.

        Raises:
            InvalidAddress: the address is none.
            SubscriberExists: it receives digests already, or has paused.
            SubscriberSuppressed: nothing may be sent to it.
            InvalidSchedule: the time zone is unknown.
        """
        email = normalise(subscriber.email)
        with writing(self._engine).begin() as connection:
            self._refuse_suppressed(connection, email)
            known = rows.find(connection, email)
            if known and known.status not in ("unsubscribed", "unconfirmed"):
                raise SubscriberExists(email=email, status=known.status)
            action = Action(given.action)
            before = SubscriptionStatus(known.status) if known else None
            if before is SubscriptionStatus.UNSUBSCRIBED and action is Action.ADD:
                before = None  # the operator vouches that the person agreed anew
            status = consent.after(before, action, email=email)
            values = rows.from_subscriber(subscriber, email, status, given.at)
            number = rows.write(connection, known.id if known else None, values)
            rows.write_topics(connection, {number: subscriber.topics})
            rows.record(connection, number, given)
        return self.by_id(number)

    def change(self, number: int, given: Consent) -> Subscriber:
        """Moves a subscription by an action and records who asked for it.

        Raises:
            UnknownSubscriber: no subscriber has this id.
            InvalidTransition: the action is impossible in the present status.
        """
        with writing(self._engine).begin() as connection:
            query = select(subscribers).where(subscribers.c.id == number)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise UnknownSubscriber(email=f"number {number}")
            before = SubscriptionStatus(row.status)
            status = consent.after(before, Action(given.action), email=row.email)
            if status is not before:
                confirmed = {"confirmed_at": given.at} if given.action == Action.CONFIRM else {}
                due = {"due_at": rows.due_after_change(row, status, given.at)}
                rows.change(connection, number, {"status": status, **due, **confirmed})
                rows.record(connection, number, given)
        return self.by_id(number)

    def edit(self, subscriber: Subscriber, at: datetime | None = None) -> Subscriber:
        """Writes what a subscriber chose: schedule, template, topics. Not status, not address.

        Args:
            subscriber: with the id of the one that is stored.
            at: when, which decides when a changed schedule is next due; None is now.

        Raises:
            UnknownSubscriber: no subscriber has this id.
            InvalidSchedule: the time zone is unknown.
        """
        at = at or datetime.now(UTC)
        with writing(self._engine).begin() as connection:
            query = select(subscribers).where(subscribers.c.id == subscriber.id)
            known = connection.execute(query).one_or_none()
            if known is None:
                raise UnknownSubscriber(email=subscriber.email)
            due_at = rescheduled(connection, known, subscriber.schedule, at)
            values = rows.chosen(subscriber) | {"due_at": due_at}
            rows.change(connection, subscriber.id, values)
            rows.write_topics(connection, {subscriber.id: subscriber.topics})
        return self.by_id(subscriber.id)

    def remove(self, number: int, at: datetime) -> None:
        """Erases a subscriber; what stays is a keyed hash of the address, never written to.

        Raises:
            UnknownSubscriber: no subscriber has this id.
        """
        email = self.by_id(number).email
        with writing(self._engine).begin() as connection:
            self._write_suppression(connection, email, SuppressionReason.ERASED, at, "")
            connection.execute(delete(subscribers).where(subscribers.c.id == number))

    # Reading

    def get(self, email: str) -> Subscriber:
        """The subscriber of an address.

        Raises:
            UnknownSubscriber: nobody has it.
        """
        with self._engine.connect() as connection:
            row = rows.find(connection, normalise(email))
            if row is None:
                raise UnknownSubscriber(email=email)
            return rows.with_topics(connection, [row])[0]

    def by_id(self, number: int) -> Subscriber:
        """The subscriber of an id.

        Raises:
            UnknownSubscriber: nobody has it.
        """
        with self._engine.connect() as connection:
            query = select(subscribers).where(subscribers.c.id == number)
            found = rows.with_topics(connection, connection.execute(query).all())
        if not found:
            raise UnknownSubscriber(email=f"number {number}")
        return found[0]

    def block(
        self,
        after: int = 0,
        limit: int = BLOCK,
        status: SubscriptionStatus | None = None,
        search: str = "",
    ) -> list[Subscriber]:
        """At most `limit` subscribers with ids above `after`, in the order of their ids."""
        query = select(subscribers).where(subscribers.c.id > after)
        if status is not None:
            query = query.where(subscribers.c.status == status)
        if search:
            query = query.where(
                subscribers.c.email_key.contains(comparable(search), autoescape=True)
            )
        query = query.order_by(subscribers.c.id).limit(limit)
        with self._engine.connect() as connection:
            return rows.with_topics(connection, connection.execute(query).all())

    def receiving(self) -> Iterator[list[Subscriber]]:
        """All who receive digests, block by block, so that memory stays flat."""
        after = 0
        while block := self.block(after, status=SubscriptionStatus.CONFIRMED):
            yield block
            after = block[-1].id

    def counts(self) -> dict[SubscriptionStatus, int]:
        """How many subscribers stand where."""
        query = select(subscribers.c.status, func.count()).group_by(subscribers.c.status)
        with self._engine.connect() as connection:
            found = {str(status): int(n) for status, n in connection.execute(query)}
        return {status: found.get(status, 0) for status in SubscriptionStatus}

    def topics_in_use(self) -> list[str]:
        """Every distinct topic text of those who receive digests."""
        someone = (  # one is enough: a join would read all readers' topics, to forget most of them
            select(subscribers.c.id)
            .join(subscriber_topics, subscriber_topics.c.subscriber_id == subscribers.c.id)
            .where(subscriber_topics.c.topic_id == topics.c.id)
            .where(subscribers.c.status == SubscriptionStatus.CONFIRMED)
            .limit(1)
        )
        asked = someone.scalar_subquery().is_not(None)
        query = select(topics.c.text).where(asked).order_by(topics.c.text)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def history(self, number: int) -> list[Consent]:
        """What was agreed to and taken back, in order."""
        query = select(consents).where(consents.c.subscriber_id == number).order_by(consents.c.id)
        with self._engine.connect() as connection:
            return [
                Consent(
                    action=row.action, at=row.at, source=row.source, text_version=row.text_version
                )
                for row in connection.execute(query)
            ]

    # Suppression

    def suppress(
        self, email: str, reason: SuppressionReason, at: datetime, detail: str = ""
    ) -> None:
        """Nothing is sent to this address from now on, subscriber or not."""
        with writing(self._engine).begin() as connection:
            self._write_suppression(connection, normalise(email), reason, at, detail)

    def unsuppress(self, email: str) -> bool:
        """Takes a suppression back; whether there was one."""
        address = normalise(email)
        key = suppressions.c.address_hash == self._hash(address)
        with writing(self._engine).begin() as connection:
            connection.execute(
                update(subscribers)
                .where(subscribers.c.email_key == comparable(address))
                .values(suppressed=False, soft_bounces=0, resting_until=None)
            )
            return bool(connection.execute(delete(suppressions).where(key)).rowcount)

    def suppression(self, email: str) -> Suppression | None:
        """Why nothing is sent to an address, None where nothing holds it back."""
        with self._engine.connect() as connection:
            return self._suppression(connection, normalise(email))

    def use_token(self, token: str, at: datetime) -> bool:
        """Marks a single-use link as used; False where it had been used before."""
        key = hashlib.sha256(token.encode()).hexdigest()
        with writing(self._engine).begin() as connection:
            known = select(token_uses.c.token_hash).where(token_uses.c.token_hash == key)
            if connection.execute(known).first():
                return False
            connection.execute(insert(token_uses).values(token_hash=key, at=at))
            return True

    def _hash(self, email: str) -> str:
        return self._ring.address_hash(comparable(email))

    def _suppression(self, connection: Connection, email: str) -> Suppression | None:
        query = select(suppressions).where(suppressions.c.address_hash == self._hash(email))
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Suppression(
            address_hash=row.address_hash,
            reason=SuppressionReason(row.reason),
            at=row.at,
            detail=row.detail,
        )

    def _refuse_suppressed(self, connection: Connection, email: str) -> None:
        found = self._suppression(connection, email)
        # An erased person who comes back by their own will may: only bounces, complaints and
        # the operator's word stand against them.
        if found and found.reason is not SuppressionReason.ERASED:
            raise SubscriberSuppressed(
                email=email, reason=found.reason, since=f"{found.at:%Y-%m-%d}"
            )
        if found:
            connection.execute(
                delete(suppressions).where(suppressions.c.address_hash == found.address_hash)
            )

    def _write_suppression(
        self,
        connection: Connection,
        email: str,
        reason: SuppressionReason,
        at: datetime,
        detail: str,
    ) -> None:
        key = self._hash(email)
        connection.execute(delete(suppressions).where(suppressions.c.address_hash == key))
        connection.execute(
            insert(suppressions).values(address_hash=key, reason=reason, at=at, detail=detail)
        )
        connection.execute(
            update(subscribers)
            .where(subscribers.c.email_key == comparable(email))
            .values(suppressed=True)
        )
