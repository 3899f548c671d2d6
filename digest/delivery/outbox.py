"""The outbox: the ledger that decides what is sent, on SQLite and PostgreSQL.

A row is written before anything is sent and advances only on the mail server's answer. It is
claimed under a lease with a fencing token: who comes back late with an old token changes
nothing. The claim counts the attempt and is committed before the first byte of the message
leaves; consent and suppression are checked again within it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, Engine, and_, func, select, update

from digest.database import writing
from digest.delivery import sql
from digest.delivery.alike import Alike, write_alike
from digest.delivery.bulk import write_new
from digest.delivery.elsewhere import AddressHash, suppressions_elsewhere
from digest.delivery.holds import on_hold, put_aside
from digest.delivery.owner import is_gone
from digest.delivery.pauses import Pauses
from digest.delivery.plan import Plan, reason
from digest.delivery.retry import Settlement
from digest.delivery.rows import delivery_of, values_of
from digest.delivery.settlements import settle, settling
from digest.delivery.tables import deliveries, unended, whole
from digest.delivery.taking import Claim, Taken, take
from digest.model import Delivery, DeliveryState

BLOCK = 5000
LEASE = timedelta(minutes=2)
WAITING = (DeliveryState.PLANNED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim took: deliveries to send, and how many it ended for which reason."""

    deliveries: tuple[Delivery, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)


class Outbox:
    """The deliveries of one database.

    Args:
        engine: of a database with the program's schema.
        lease: how long a claim holds without being renewed.
        address_hash: `Keyring.address_hash`, by which a suppressed address is known that is no
            subscriber's; without it, only subscribers' own addresses are checked in a claim.
    """

    def __init__(
        self, engine: Engine, lease: timedelta = LEASE, *, address_hash: AddressHash | None = None
    ) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._settling = settling(engine)
        self._address_hash = address_hash
        self.lease = lease
        self.pauses = Pauses(engine)

    def enqueue(self, plans: Iterable[Plan], connection: Connection | None = None) -> int:
        """Writes what is to be sent; returns how many rows are new.

        A (subscriber, kind, occasion) that stands in the outbox already is left alone.

        Args:
            plans: any number; they are written block by block.
            connection: writes within its transaction, so that both happen or neither.
        """
        source, new = iter(plans), 0
        with self._within(connection) as used:
            while block := [values_of(plan) for plan in islice(source, BLOCK)]:
                new += self.write(block, used)
        return new

    def write(self, rows: Sequence[Sequence[object]], connection: Connection) -> int:
        """As `enqueue`, of rows as `values_of` gives them, within the connection's transaction."""
        return write_new(connection, rows)

    def write_alike(self, some: Sequence[Alike], connection: Connection) -> None:
        """Writes deliveries none of which may stand there yet: see `alike.write_alike`."""
        write_alike(connection, some)

    def claim(
        self,
        owner: str,
        limit: int,
        now: datetime,
        *,
        kinds: Collection[str] | None = None,
        only: Collection[int] | None = None,
        without: Collection[str] = (),
        between: tuple[int, int] | None = None,
    ) -> Claimed:
        """Takes at most `limit` deliveries that are due, each for one attempt.

        Args:
            owner: names the sender, for a person who reads the table.
            limit: how many rows.
            now: the clock.
            kinds: only these.
            only: only of subscribers with these ids.
            without: recipient domains that are to wait.
            between: only ids from the first to the second, both included: a shard.
        """
        asked = Claim(
            owner=owner,
            now=now,
            until=now + self.lease,
            limit=limit,
            kinds=kinds,
            only=only,
            without=without,
            between=between,
        )
        with self._writing.begin() as connection:
            domains = on_hold(connection)
            ready, others = take(connection, asked, holding=bool(domains))
            more, skipped = self._looked_at(connection, others, now, domains)
        return Claimed(tuple(sorted(ready + more)), skipped)

    def settle(
        self, settlements: Sequence[tuple[int, int, Settlement]], now: datetime
    ) -> Collection[int]:
        """Writes what became of attempts: (id, token, settlement); returns the ids it took.

        An id that is missing from the answer had been taken over by another sender, whose
        word counts.
        """
        return settle(self._settling, settlements, now)

    def release(self, claims: Sequence[tuple[int, int]], at: datetime) -> int:
        """Gives back what was claimed and not begun: (id, token); the attempt does not count."""
        with self._writing.begin() as connection:
            statement = sql.releasing(connection.dialect.name)
            return connection.execute(statement, _claims(claims, at)).rowcount

    def renew(self, claims: Sequence[tuple[int, int]], now: datetime) -> int:
        """Holds claims (id, token) for another lease; returns how many still were held."""
        with self._writing.begin() as connection:
            statement = sql.renewing(connection.dialect.name)
            return connection.execute(statement, _claims(claims, now + self.lease)).rowcount

    def take_over(self, now: datetime) -> int:
        """Ends the claims of senders of this machine that were killed; returns how many."""
        # All that wait are found by their index: a state alone would ask every row there ever was.
        held = (deliveries.c.state == DeliveryState.SENDING, deliveries.c.next_attempt_at > now)
        sending = and_(*held, *unended())
        with self._writing.begin() as connection:
            owners = connection.execute(select(deliveries.c.owner).where(sending).distinct())
            gone = [owner for owner in owners.scalars() if is_gone(owner)]
            ended = update(deliveries).where(sending, deliveries.c.owner.in_(gone))
            return connection.execute(ended.values(next_attempt_at=now)).rowcount if gone else 0

    def counts(self, occasion: str | None = None) -> dict[DeliveryState, int]:
        """How many deliveries stand where, of one occasion or of all."""
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        if occasion is not None:
            query = query.where(deliveries.c.occasion == occasion)
        with self._engine.connect() as connection:
            found = {str(state): int(n) for state, n in connection.execute(query)}
        return {state: found.get(state, 0) for state in DeliveryState}

    def waiting(
        self, only: Collection[int] | None = None, between: tuple[int, int] | None = None
    ) -> int:
        """How many deliveries have not ended: of all, of subscribers with these ids, of a shard."""
        query = select(func.count()).where(*unended(only, between))
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def waiting_domains(
        self,
        among: Collection[str],
        only: Collection[int] | None = None,
        between: tuple[int, int] | None = None,
    ) -> list[str]:
        """Those of some recipient domains for which something waits, in their order."""
        c = deliveries.c
        query = select(c.domain).where(*unended(only, between), c.domain.in_(among)).distinct()
        with self._engine.connect() as connection:
            return sorted(connection.execute(query).scalars())

    def next_attempt_at(
        self,
        only: Collection[int] | None = None,
        between: tuple[int, int] | None = None,
        without: Collection[str] = (),
    ) -> datetime | None:
        """When the next delivery may be claimed, None where nothing waits.

        Args:
            only: only of subscribers with these ids.
            between: only ids from the first to the second, both included: a shard.
            without: recipient domains that are to wait.
        """
        query = select(func.min(deliveries.c.next_attempt_at)).where(*unended(only, between))
        if without:
            query = query.where(deliveries.c.domain.not_in(without))
        with self._engine.connect() as connection:
            found: datetime | None = connection.execute(query).scalar_one()
            return found

    def rows(
        self,
        *,
        after: int = 0,
        limit: int = 100,
        subscriber_id: int | None = None,
        occasion: str | None = None,
        state: DeliveryState | None = None,
    ) -> list[Delivery]:
        """Deliveries with ids above `after`, in the order of their ids, for a person to read."""
        query = whole().where(deliveries.c.id > after)
        wanted = {"subscriber_id": subscriber_id, "occasion": occasion, "state": state}
        for column, value in wanted.items():
            if value is not None:
                query = query.where(deliveries.c[column] == value)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(deliveries.c.id).limit(limit))
            return [delivery_of(row) for row in found]

    def _looked_at(
        self, connection: Connection, taken: Sequence[Taken], now: datetime, domains: set[str]
    ) -> tuple[list[Delivery], Counter[str]]:
        """Keeps what may be sent; ends the rest with its reason, in the same transaction."""
        hashed = self._address_hash
        elsewhere = suppressions_elsewhere(connection, taken, hashed) if hashed else {}
        aside = put_aside(connection, taken, domains)
        kept, skipped = [], Counter[str]()
        for delivery, standing, _, _ in taken:
            if delivery.id in aside:
                continue
            if delivery.id in elsewhere:
                checked = replace(standing, suppressed=elsewhere[delivery.id])
            else:
                checked = standing
            if why := reason(delivery.kind, checked, delivery.expires_at, now):
                _end(connection, delivery, why, now)
                skipped[why] += 1
            else:
                kept.append(delivery)
        return kept, skipped

    def _within(self, connection: Connection | None) -> AbstractContextManager[Connection]:
        return nullcontext(connection) if connection else self._writing.begin()


def _claims(claims: Sequence[tuple[int, int]], at: datetime) -> dict[str, str | None]:
    return {"rows": json.dumps(claims), "at": sql.instant(at)}


def _end(connection: Connection, delivery: Delivery, reason: str, now: datetime) -> None:
    """A delivery that was tried before has failed; one that never was is skipped."""
    tried = delivery.attempts > 1
    last = f"; the last answer: {delivery.text}" if tried and delivery.text else ""
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(
            state=DeliveryState.FAILED if tried else DeliveryState.SKIPPED,
            attempts=delivery.attempts - 1,
            next_attempt_at=None,
            owner="",
            text=reason + last,
            settled_at=now,
        )
    )
