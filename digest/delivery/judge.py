"""What follows from a bounce, a complaint or a reply: for the address, never without proof.

A notice counts where a token of ours stands in it and names a delivery that was made: the
return path it came to, the envelope's id, or the Message-ID that a reply answers. Each delivery
counts once, so a notice that is sent again changes nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, select, update

from digest import returnpath
from digest.database import writing
from digest.delivery.bounces import Kind, Notice
from digest.delivery.statuses import Meaning, meaning
from digest.delivery.tables import deliveries
from digest.links import read_unsubscribe
from digest.model import Delivery, DeliveryState
from digest.returnpath import Returned
from digest.settings import Delivering
from subscribers.address import comparable
from subscribers.consent import Action
from subscribers.errors import InvalidToken, SubscriberError
from subscribers.model import Consent, Subscriber, SuppressionReason
from subscribers.store import SubscriberStore
from subscribers.tables import subscribers
from subscribers.tokens import Keyring

RESTS = 3  # so many rests in a row end in suppression
_SENT = (
    DeliveryState.ACCEPTED,
    DeliveryState.UNCERTAIN,
    DeliveryState.DEFERRED,
    DeliveryState.HELD,  # deferred before
)


class Effect(StrEnum):
    """What a notice led to."""

    SUPPRESSED = "suppressed"
    COUNTED = "counted as a soft bounce"
    RESTING = "rests"
    UNSUBSCRIBED = "unsubscribed"
    OURS = "refused for the sender's sake"
    NOTHING = "nothing to do"
    UNPROVEN = "no genuine token"
    KNOWN = "known already"


@dataclass(frozen=True, slots=True)
class _Sent:
    """A delivery that a notice is about."""

    id: int
    subscriber_id: int
    recipient: str
    state: DeliveryState


class Judge:
    """Draws the consequences, in the subscribers' store and the outbox.

    Args:
        engine: of the program's database.
        store: of the subscribers.
        ring: verifies the tokens.
        settings: how many soft bounces rest an address, and for how long.
        left: is told whose own words ended a subscription, as they were before.
    """

    def __init__(
        self,
        engine: Engine,
        store: SubscriberStore,
        ring: Keyring,
        settings: Delivering,
        *,
        left: Callable[[Subscriber], object] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._store = store
        self._ring = ring
        self._settings = settings
        self._left = left

    def returned(self, notice: Notice, now: datetime) -> Effect:
        """What a mail that came back leads to."""
        if notice.kind in (Kind.DELAY, Kind.AUTO_REPLY, Kind.OTHER):
            return Effect.NOTHING
        if notice.kind is Kind.UNSUBSCRIBE:
            return self._unsubscribe(notice, now)
        sent = self._proven(notice)
        if sent is None:
            return Effect.UNPROVEN
        if notice.kind is Kind.COMPLAINT:
            self._store.suppress(sent.recipient, SuppressionReason.COMPLAINT, now)
            return Effect.SUPPRESSED
        if not self._mark(sent, notice, now):
            return Effect.KNOWN
        return self._follow(sent, notice.enhanced, notice.text, now)

    def refused(self, delivery: Delivery, now: datetime) -> Effect:
        """What a mail server's own answer leads to, for a delivery that has ended with it."""
        sent = _Sent(delivery.id, delivery.subscriber_id, delivery.recipient, delivery.state)
        if delivery.state not in (DeliveryState.BOUNCED, DeliveryState.FAILED) or not delivery.code:
            return Effect.NOTHING
        return self._follow(sent, delivery.enhanced, f"{delivery.code} {delivery.text}", now)

    def _follow(self, sent: _Sent, enhanced: str, text: str, now: datetime) -> Effect:
        means = meaning(enhanced, text)
        if means is Meaning.SENDER:
            return Effect.OURS
        if means is Meaning.GONE:
            detail = f"{enhanced} {' '.join(text.split())}"[:500].strip()
            self._store.suppress(sent.recipient, SuppressionReason.BOUNCE, now, detail)
            return Effect.SUPPRESSED
        return self._count(sent, now)

    def _count(self, sent: _Sent, now: datetime) -> Effect:
        """One more soft bounce in a row; at every so many a rest, at last a suppression."""
        most = self._settings.soft_bounces
        with writing(self._engine).begin() as connection:
            count = _add_soft_bounce(connection, sent)
            if count and count % most == 0:
                until = now + timedelta(days=self._settings.rest_days)
                _change(connection, sent.subscriber_id, resting_until=until)
        if count >= most * RESTS:
            detail = f"{count} soft bounces in a row"
            self._store.suppress(sent.recipient, SuppressionReason.BOUNCE, now, detail)
            return Effect.SUPPRESSED
        return Effect.RESTING if count and count % most == 0 else Effect.COUNTED

    def _unsubscribe(self, notice: Notice, now: datetime) -> Effect:
        clicked = self._clicked(notice)
        number = self._answerer(notice) if clicked is None else clicked
        if number is None:
            return Effect.UNPROVEN
        try:
            reader = self._store.by_id(number)
            given = Consent(action=Action.UNSUBSCRIBE, at=now, source="reply")
            self._store.change(number, given)
        except SubscriberError:  # erased since, or never confirmed: nothing is sent to them
            return Effect.NOTHING
        if clicked is None:
            self._left(reader)
        return Effect.UNSUBSCRIBED

    def _mark(self, sent: _Sent, notice: Notice, now: datetime) -> bool:
        """Notes the bounce in the outbox; False where it stood there already."""
        with writing(self._engine).begin() as connection:
            statement = (
                update(deliveries)
                .where(deliveries.c.id == sent.id, deliveries.c.state.in_(_SENT))
                .values(
                    state=DeliveryState.BOUNCED,
                    next_attempt_at=None,
                    enhanced=notice.enhanced[:16],
                    text=" ".join(notice.text.split())[:500],
                    settled_at=now,
                )
            )
            return bool(connection.execute(statement).rowcount)

    # Proof

    def _clicked(self, notice: Notice) -> int | None:
        """Whose subscription a mail ends that a mail program's button wrote (RFC 2369)."""
        with suppress(InvalidToken):
            return read_unsubscribe(self._ring, notice.leaving)
        return None

    def _answerer(self, notice: Notice) -> int | None:
        """Whose subscription a reply ends, by the message that it answers."""
        sent = self._proven(notice)
        return sent.subscriber_id if sent else None

    def _proven(self, notice: Notice) -> _Sent | None:
        """The delivery that a genuine token names."""
        for token in _tokens(notice):
            try:
                returned = returnpath.read_token(self._ring, token)
            except InvalidToken:
                continue
            return self._delivery(returned)
        return self._answered(notice) if notice.references else None

    def _delivery(self, returned: Returned) -> _Sent | None:
        for row in self._deliveries(deliveries.c.subscriber_id == returned.subscriber_id):
            if returnpath.identity(row.kind, row.occasion) == returned.identity:
                return _sent(row)
        return None

    def _answered(self, notice: Notice) -> _Sent | None:
        """By the Message-ID of a delivery to whom the mail says it is from.

        The sender's address only says where to look; the Message-ID proves.
        """
        names = {reference.strip("<>").rpartition("@")[0] for reference in notice.references}
        wanted = {notice.sender, *notice.readers, *(f.address for f in notice.failures)} - {""}
        for row in self._deliveries(deliveries.c.subscriber_id.in_(_by_address(wanted))):
            name = returnpath.message_name(
                self._ring,
                row.subscriber_id,
                row.kind,
                row.occasion,
                row.recipient,
                key_id=row.key_id,
            )
            if any(hmac.compare_digest(name.encode(), other.encode()) for other in names):
                return _sent(row)
        return None

    def _deliveries(self, condition: ColumnElement[bool]) -> list[Row[Any]]:
        columns = deliveries.c
        query: Select[Any] = (
            select(
                columns.id,
                columns.subscriber_id,
                columns.kind,
                columns.occasion,
                columns.recipient,
                columns.state,
                columns.key_id,
            )
            .where(condition)
            .order_by(columns.id.desc())
            .limit(2000)
        )
        with self._engine.connect() as connection:
            return [row for row in connection.execute(query).all() if row.key_id in self._ring.keys]


def _tokens(notice: Notice) -> Iterable[str]:
    for address in notice.addressed:
        yield address.strip("<>").rpartition("@")[0].rpartition("+")[2]
    if notice.envelope_id:
        yield notice.envelope_id


def _sent(row: Row[Any]) -> _Sent:
    return _Sent(row.id, row.subscriber_id, row.recipient, DeliveryState(row.state))


def _by_address(addresses: Iterable[str]) -> Select[Any]:
    keys = [address.casefold() for address in addresses][:20]
    return select(subscribers.c.id).where(subscribers.c.email_key.in_(keys))


def _add_soft_bounce(connection: Connection, sent: _Sent) -> int:
    """How many in a row; 0 where the address is not the reader's, who is then not at fault."""
    statement = (
        update(subscribers)
        .where(subscribers.c.id == sent.subscriber_id)
        .where(subscribers.c.email_key == comparable(sent.recipient))
        .values(soft_bounces=subscribers.c.soft_bounces + 1)
        .returning(subscribers.c.soft_bounces)
    )
    return int(connection.execute(statement).scalar() or 0)


def _change(connection: Connection, number: int, **values: object) -> None:
    connection.execute(update(subscribers).where(subscribers.c.id == number).values(**values))
