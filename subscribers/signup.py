"""Subscribing by double opt-in: asked for on a page, begun by the person at the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Exists, Row, delete, exists, select

from subscribers import choices, consent, rows
from subscribers.address import comparable, normalise
from subscribers.consent import Action
from subscribers.due import next_due
from subscribers.errors import SubscriberExists
from subscribers.model import Consent, Subscriber, SubscriptionStatus, SuppressionReason
from subscribers.past import rescheduled
from subscribers.requests import Kind, Request, ask, use
from subscribers.storage import inserting, writing
from subscribers.tables import subscribers, suppressions
from subscribers.tokens import Keyring

CHANGE_ADDRESS = "change-address"
RECEIVING = (SubscriptionStatus.CONFIRMED, SubscriptionStatus.PAUSED)


class SignUps:
    """Wishes to subscribe, and addresses that change, in one database.

    Args:
        engine: of a database with the program's schema.
        ring: its oldest key hashes the addresses of the suppression list.
    """

    def __init__(self, engine: Engine, ring: Keyring) -> None:
        self._engine = engine
        self._ring = ring

    def sign_up(self, wanted: Subscriber, at: datetime, text_version: str) -> Request:
        """Takes a wish to subscribe, whoever's it is.

        A new address, a reader's, a former reader's and a suppressed one cause the same
        statements, so that neither the answer nor its time tells who reads.

        Raises:
            InvalidAddress: the address is none.
        """
        email = normalise(wanted.email)
        values = rows.from_subscriber(wanted, email, SubscriptionStatus.UNCONFIRMED, at)
        with writing(self._engine).begin() as connection:
            held = self._held(email)
            new = inserting(connection, subscribers).values(**values | {"suppressed": held})
            connection.execute(new.on_conflict_do_nothing(index_elements=["email_key"]))
            found = select(subscribers.c.id).where(subscribers.c.email_key == comparable(email))
            number = connection.execute(found).scalar_one()
            chosen = choices.to_text(wanted)
            return ask(connection, Kind.SUBSCRIBE, number, at, chosen, text_version)

    def confirm(
        self,
        number: str,
        now: datetime,
        *,
        replace: bool,
        answers: Mapping[str, Sequence[str]] | None = None,
    ) -> int:
        """Begins (or changes) a subscription as its request says; returns the subscriber's id.

        Args:
            number: the request's id.
            now: the clock.
            replace: a reader's present choices give way; those of others always do.
            answers: what acronyms of the topics mean, as `choices.made_exact` takes them.

        Raises:
            InvalidToken: there is no such request.
            UsedToken: it was confirmed already.
            ExpiredToken: its time has passed.
        """
        with writing(self._engine).begin() as connection:
            request = use(connection, number, Kind.SUBSCRIBE, now)
            query = select(subscribers).where(subscribers.c.id == request.subscriber_id)
            row = connection.execute(query).one()
            before = SubscriptionStatus(row.status)
            receives = before in RECEIVING
            if not receives:
                self._begin(connection, row, request, now)
            if replace or not receives:
                known = rows.to_subscriber(row, ())
                reader = choices.made_exact(choices.applied(request.choices, known), answers or {})
                due = rescheduled(connection, row, reader.schedule, now)
                due = due if receives else next_due(reader.schedule, now)
                rows.change(connection, row.id, rows.chosen(reader) | {"due_at": due})
                rows.write_topics(connection, {row.id: reader.topics})
            return request.subscriber_id

    def move(self, number: str, now: datetime) -> tuple[str, str]:
        """Gives a subscriber the address that they confirmed; returns the old and the new.

        Raises:
            InvalidToken: there is no such request.
            UsedToken: it was confirmed already.
            ExpiredToken: its time has passed.
            SubscriberExists: the address receives digests of its own.
        """
        with writing(self._engine).begin() as connection:
            request = use(connection, number, Kind.NEW_ADDRESS, now)
            email = request.choices
            given = Consent(action=CHANGE_ADDRESS, at=now, source="web")
            return self._give(connection, request.subscriber_id, email, given), email

    def readdress(self, number: int, email: str, now: datetime) -> str:
        """Gives a subscriber another address, by the operator's word; returns it normalised.

        Raises:
            InvalidAddress: the address is none.
            SubscriberExists: the address receives digests of its own.
        """
        address = normalise(email)
        with writing(self._engine).begin() as connection:
            given = Consent(action=CHANGE_ADDRESS, at=now, source="operator")
            self._give(connection, number, address, given)
        return address

    def _give(self, connection: Connection, number: int, email: str, given: Consent) -> str:
        """Writes the new address; returns the old one."""
        other = rows.find(connection, email)
        if other and other.id != number:
            if other.status in RECEIVING:
                raise SubscriberExists(email=email, status=other.status)
            connection.execute(delete(subscribers).where(subscribers.c.id == other.id))
        query = select(subscribers.c.email).where(subscribers.c.id == number)
        old: str = connection.execute(query).scalar_one()
        values: dict[str, Any] = {"email": email, "email_key": comparable(email)}
        values["suppressed"] = self._held(email)
        rows.change(connection, number, values)
        rows.record(connection, number, given)
        return old

    def _begin(
        self, connection: Connection, row: Row[Any], request: Request, now: datetime
    ) -> None:
        """From whatever stands there to a confirmed subscription, each step recorded."""
        asked = Consent(
            action=Action.SUBSCRIBE, at=request.at, source="web", text_version=request.text_version
        )
        agreed = Consent(
            action=Action.CONFIRM, at=now, source="web", text_version=request.text_version
        )
        status: SubscriptionStatus = SubscriptionStatus(row.status)
        for given in (asked, agreed):
            status = consent.after(status, Action(given.action), email=row.email)
            rows.record(connection, row.id, given)
        values = {"status": status, "confirmed_at": now}
        key = self._ring.address_hash(comparable(row.email))
        lifted = delete(suppressions).where(
            suppressions.c.address_hash == key,
            suppressions.c.reason == SuppressionReason.ERASED,
        )
        # Who was erased and comes back by their own will is written to again.
        cleared = {"suppressed": False} if connection.execute(lifted).rowcount else {}
        rows.change(connection, row.id, values | cleared)

    def _held(self, email: str) -> Exists:
        """Whether something but the person's own erasure keeps mail from an address."""
        return exists().where(
            suppressions.c.address_hash == self._ring.address_hash(comparable(email)),
            suppressions.c.reason != SuppressionReason.ERASED,
        )
