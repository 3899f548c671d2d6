"""The claim's own statements: what is taken, with what counts about its reader.

Each delivery that is ever sent passes here, so the statements go straight to the driver and the
rows come as plain values: an instant is read once for a whole batch that shares it. Nearly all
are first attempts, to readers who are confirmed at the address they had when it was planned: the
statement says whether one is, and what else there is to know is read only of the others.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from digest.database import by_driver
from digest.delivery import sql
from digest.delivery.plan import Standing, reason
from digest.model import Delivery, DeliveryState
from subscribers.model import SubscriptionStatus
from subscribers.storage import read_instant


class Taken(NamedTuple):
    """A claimed delivery, with what counts about its reader and where it goes."""

    delivery: Delivery
    standing: Standing
    email: str
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who takes what: so many that are due, narrowed as `Outbox.claim` says.

    Attributes:
        owner: who has them.
        now: the clock.
        until: when the lease ends.
        limit: how many.
    """

    owner: str
    now: datetime
    until: datetime
    limit: int
    kinds: Collection[str] | None = None
    only: Collection[int] | None = None
    without: Collection[str] = ()
    between: tuple[int, int] | None = None

    def narrowed(self) -> dict[str, list[Any]]:
        """By the names of conditions, what they are about."""
        given = {"kinds": self.kinds, "only": self.only, "without": self.without or None}
        return {name: list(values) for name, values in given.items() if values is not None}


def take(
    connection: Connection, claim: Claim, *, holding: bool
) -> tuple[list[Delivery], list[Taken]]:
    """Claims rows; gives those that may be sent as they are, and those to look at again.

    Of a shard it takes those with the lowest ids and not those due the longest: it leaves few,
    found by their ids, where the order by instants would read all that wait.

    Args:
        connection: of a transaction that writes.
        claim: which rows, for whom.
        holding: domains are on hold, so that each row is to be looked at.
    """
    postgres = connection.dialect.name == "postgresql"
    with by_driver(connection) as driver:
        rows = _on_postgres(driver, claim) if postgres else _on_sqlite(driver, claim)
        ready, others = _apart(rows, claim.now, holding)
        if not others:
            return ready, []
        numbers = [delivery.id for delivery in others]
        those = ("= ANY(%s)", numbers) if postgres else (_LISTED, json.dumps(numbers))
        return ready, _known(others, driver.execute(_KNOWING + those[0], those[1:]))


def _on_postgres(driver: Any, claim: Claim) -> Sequence[Sequence[Any]]:  # noqa: ANN401  # psycopg is an extra
    """Takes and reads in one statement; the counts come back as they are afterwards."""
    narrowed = claim.narrowed()
    given = {"now": claim.now, "until": claim.until, "owner": claim.owner, "limit": claim.limit}
    due = _due("postgresql", *narrowed, sharded=bool(claim.between))
    statement = sql.placed(_TAKING.format(due=due))
    rows: list[Any] = driver.execute(statement, {**narrowed, **_shard(claim), **given}).fetchall()
    return rows


def _on_sqlite(driver: Any, claim: Claim) -> Sequence[Sequence[Any]]:  # noqa: ANN401  # as above
    """Reads, then takes: nobody else writes meanwhile, and RETURNING would cost a copy of all."""
    narrowed = claim.narrowed()
    given = {"now": sql.instant(claim.now), "limit": claim.limit, **_shard(claim)}
    listed = {name: json.dumps(values) for name, values in narrowed.items()}
    due = _due("sqlite", *narrowed, sharded=bool(claim.between))
    rows: list[Any] = driver.execute(_READING + due, {**listed, **given}).fetchall()
    if rows:
        numbers = json.dumps([row[0] for row in rows])
        driver.execute(_MARKING, (claim.owner, sql.instant(claim.until), numbers))
    return rows


def _apart(
    rows: Iterable[Sequence[Any]], now: datetime, holding: bool
) -> tuple[list[Delivery], list[Delivery]]:
    """Those that may be sent as they are, and those to look at again."""
    ready, others = [], []
    for row in rows:
        (
            number, subscriber, kind, occasion, recipient, snapshot, key_id,
            selection, template, template_hash, planned_at, due_at, expires,
            token, attempts, ordinary,
        ) = row  # fmt: skip
        expires_at = read_instant(expires)
        # By place and at once: named, these would take as long as all else here.
        delivery = Delivery._make((
            number, subscriber, kind, occasion, recipient, DeliveryState.SENDING,
            read_instant(planned_at), read_instant(due_at), expires_at,
            attempts, 0, token, None, 0, "", "", None,
            snapshot, selection, template, template_hash, key_id,
        ))  # fmt: skip
        plain = ordinary and attempts == 1 and not holding
        if plain and not reason(kind, _ORDINARY, expires_at, now):
            ready.append(delivery)
        else:
            others.append(delivery)
    return ready, others


def _known(deliveries: Iterable[Delivery], rows: Iterable[Sequence[Any]]) -> list[Taken]:
    """The same deliveries with what else is known of them and of their readers."""
    found = {row[0]: row[1:] for row in rows}
    taken = []
    for delivery in deliveries:
        uncertain, code, enhanced, words, domain, email, *standing = found[delivery.id]
        whole = delivery._replace(uncertain=uncertain, code=code, enhanced=enhanced, text=words)
        taken.append(Taken(whole, _standing(*standing), email, domain))
    return taken


def _shard(claim: Claim) -> dict[str, int]:
    return dict(zip(("first", "last"), claim.between, strict=True)) if claim.between else {}


@cache
def _due(dialect: str, *narrowed: str, sharded: bool) -> str:
    """What is due, as a statement's end: the conditions, the order and the limit."""
    conditions = ["d.next_attempt_at <= :now", *(_NARROWED[dialect][name] for name in narrowed)]
    if sharded:
        conditions.append("d.id BETWEEN :first AND :last")
    order = "d.id" if sharded else "d.next_attempt_at, d.id"
    return f" WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT :limit"


_NARROWED = {
    "sqlite": {
        "kinds": "d.kind IN (SELECT value FROM json_each(:kinds))",
        "only": "d.subscriber_id IN (SELECT value FROM json_each(:only))",
        "without": "d.domain NOT IN (SELECT value FROM json_each(:without))",
    },
    "postgresql": {
        "kinds": "d.kind = ANY(:kinds)",
        "only": "d.subscriber_id = ANY(:only)",
        "without": "d.domain <> ALL(:without)",
    },
}
_COLUMNS = """
    d.id, d.subscriber_id, d.kind, d.occasion, d.recipient, d.snapshot, d.key_id,
    m.selection, m.template, m.template_hash"""
#: A reader who stands as `_ORDINARY`, and a delivery of which nothing has been said yet.
_IS_ORDINARY = """
    s.email = d.recipient AND s.status = 'confirmed' AND NOT s.suppressed
    AND s.resting_until IS NULL AND d.text = '' AND d.code = 0"""
# Joined in this order, whatever SQLite may think of it: from what is due to what belongs to it.
_READING = f"""
    SELECT {_COLUMNS}, d.planned_at, d.due_at, d.expires_at, d.token + 1, d.attempts + 1,
           {_IS_ORDINARY}
      FROM deliveries AS d CROSS JOIN subscribers AS s ON s.id = d.subscriber_id
           CROSS JOIN selections AS m ON m.delivery_id = d.id"""  # noqa: S608  # constants
_MARKING = """
    UPDATE deliveries
       SET state = 'sending', owner = ?, next_attempt_at = ?, token = token + 1,
           attempts = attempts + 1
     WHERE id IN (SELECT value FROM json_each(?))"""
_KNOWING = """
    SELECT d.id, d.uncertain, d.code, d.enhanced, d.text, d.domain,
           s.email, s.status, s.suppressed, s.resting_until
      FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id WHERE d.id """
_LISTED = "IN (SELECT value FROM json_each(?))"
# As an array the rows are chosen once; as IN (SELECT …) the planner may choose again for each
# row, which is thousands of times slower. Instants as text are read once for all that share them.
_TAKING = f"""
    UPDATE deliveries AS d
       SET state = 'sending', owner = :owner, next_attempt_at = :until, token = d.token + 1,
           attempts = d.attempts + 1
      FROM subscribers AS s, selections AS m
     WHERE d.id = ANY(ARRAY(SELECT d.id FROM deliveries AS d {{due}} FOR UPDATE SKIP LOCKED))
       AND s.id = d.subscriber_id AND m.delivery_id = d.id
    RETURNING {_COLUMNS}, CAST(d.planned_at AS text), CAST(d.due_at AS text),
              CAST(d.expires_at AS text), d.token, d.attempts, {_IS_ORDINARY}"""  # noqa: S608  # constants


@lru_cache(maxsize=256)
def _standing(status: str, suppressed: bool, resting_until: object) -> Standing:
    """Nearly all readers stand alike, so that one serves them all."""
    return Standing(SubscriptionStatus(status), bool(suppressed), read_instant(resting_until))


_ORDINARY = Standing(SubscriptionStatus.CONFIRMED, suppressed=False, resting_until=None)
