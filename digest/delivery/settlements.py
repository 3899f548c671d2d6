"""The settlement's own statements: answers, each under the token of its claim.

Each delivery that is ever sent passes here, in batches of at most fifty, so a batch is one
statement that finds its rows by their numbers: prepared once by the driver on SQLite, and on
PostgreSQL a transaction of its own, which is one way there and back.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from digest.database import by_driver, writing
from digest.delivery import sql
from digest.delivery.retry import Settlement
from digest.model import DeliveryState

#: (id, token, settlement)
Settlements = Sequence[tuple[int, int, Settlement]]


def settling(engine: Engine) -> Engine:
    """The engine as `settle` takes it: on PostgreSQL, each statement is its own transaction."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return writing(engine)


def settle(engine: Engine, settlements: Settlements, now: datetime) -> Collection[int]:
    """Advances the rows that are still held under their tokens; returns the ids of those.

    An accepted one ends a row of soft bounces where the delivery before it came to no bounce
    either: that a server took a message says little, since a bounce comes later.

    Args:
        engine: as `settling` gives it.
        settlements: at most one for each delivery.
        now: the clock.
    """
    if not settlements:
        return ()
    write = _on_postgres if engine.dialect.name == "postgresql" else _on_sqlite
    return write(engine, settlements, sql.instant(now))


def _on_postgres(engine: Engine, settlements: Settlements, at: str | None) -> Collection[int]:
    rows = json.dumps(
        [
            (number, token, s.state, sql.instant(s.next_attempt_at), s.code, s.enhanced, s.text, at)
            for number, token, s in settlements
        ]
    )
    with engine.connect() as connection, by_driver(connection) as driver:
        return {row[0] for row in driver.execute(_POSTGRES, {"rows": rows})}


def _on_sqlite(engine: Engine, settlements: Settlements, at: str | None) -> Collection[int]:
    rows = [_values(number, token, told, at) for number, token, told in settlements]
    accepted = [n for n, _, told in settlements if told.state is DeliveryState.ACCEPTED]
    with engine.begin() as connection, by_driver(connection) as driver:
        written = _advanced(driver, rows)
        driver.execute(_FORGETTING, (json.dumps(accepted),) * 2)
    return written


def _values(number: int, token: int, told: Settlement, at: str | None) -> tuple[Any, ...]:
    again = told.next_attempt_at and sql.instant(told.next_attempt_at)
    unsure = 1 if told.state is DeliveryState.UNCERTAIN else 0
    return str(told.state), again, told.code, told.enhanced, told.text, at, unsure, number, token


def _advanced(driver: Any, rows: Sequence[tuple[Any, ...]]) -> set[int]:  # noqa: ANN401  # a driver's connection
    """The ids of the rows that were held: of all at once, or one by one where some were not."""
    if driver.executemany(_SQLITE, rows).rowcount == len(rows):
        return {row[-2] for row in rows}
    driver.rollback()
    driver.execute("BEGIN IMMEDIATE")
    return {row[-2] for row in rows if driver.execute(_SQLITE, row).rowcount}


_SQLITE = """
    UPDATE deliveries
       SET state = ?, next_attempt_at = ?, code = ?, enhanced = ?, text = ?, settled_at = ?,
           uncertain = uncertain + ?, owner = ''
     WHERE id = ? AND token = ? AND state = 'sending'"""
_FORGETTING = """
    UPDATE subscribers SET soft_bounces = 0
     WHERE id IN (SELECT s.id FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id
                   WHERE d.id IN (SELECT value FROM json_each(?)) AND s.soft_bounces > 0)
       AND 'accepted' = (SELECT d.state FROM deliveries AS d
                          WHERE d.subscriber_id = subscribers.id
                            AND d.settled_at IS NOT NULL AND d.attempts > 0
                            AND d.id NOT IN (SELECT value FROM json_each(?))
                          ORDER BY d.settled_at DESC, d.id DESC LIMIT 1)"""
# By their ids as an array, too: joined alone, the planner may read the whole table for a batch.
_POSTGRES = sql.placed(f"""
    WITH v AS ({sql.batch(sql.SETTLED, "postgresql")}),
    settled AS (
        UPDATE deliveries AS d
           SET state = v.state, next_attempt_at = v.next_attempt_at, code = v.code,
               enhanced = v.enhanced, text = v.text, settled_at = v.settled_at, owner = '',
               uncertain = d.uncertain + CASE WHEN v.state = 'uncertain' THEN 1 ELSE 0 END
          FROM v
         WHERE d.id = ANY(ARRAY(SELECT id FROM v))
           AND d.id = v.id AND d.token = v.token AND d.state = 'sending'
        RETURNING d.id, d.subscriber_id, d.state),
    forgotten AS (
        UPDATE subscribers AS s SET soft_bounces = 0
         WHERE s.id = ANY(ARRAY(SELECT subscriber_id FROM settled WHERE state = 'accepted'))
           AND s.soft_bounces > 0
           AND NOT EXISTS (SELECT FROM settled AS other
                            WHERE other.subscriber_id = s.id AND other.state <> 'accepted')
           AND 'accepted' = (SELECT d.state FROM deliveries AS d
                              WHERE d.subscriber_id = s.id
                                AND d.settled_at IS NOT NULL AND d.attempts > 0
                                AND d.id <> ALL(ARRAY(SELECT id FROM v))
                              ORDER BY d.settled_at DESC, d.id DESC LIMIT 1))
    SELECT id FROM settled""")  # noqa: S608  # constants
