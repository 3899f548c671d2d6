"""Many new deliveries at once: COPY on PostgreSQL, two prepared statements on SQLite.

Both write within the caller's transaction, so that deliveries and what belongs to them happen
together or not at all. COPY knows no ON CONFLICT: it fills a temporary table, which is not
written ahead to the log, and one statement moves what is new from there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import itemgetter

from sqlalchemy import Connection

from digest.delivery import sql

#: Below so many rows a temporary table costs more than it saves.
WORTH_A_COPY = 500


def write_new(connection: Connection, rows: Sequence[Sequence[object]]) -> int:
    """Writes rows that are new; one that stands in the outbox already is left alone.

    Args:
        connection: of a transaction that writes.
        rows: values in the order of `sql.PLANNED`.

    Returns:
        How many were new.
    """
    if connection.dialect.name == "sqlite":
        return _on_sqlite(connection, rows)
    if len(rows) < WORTH_A_COPY:
        (statement,) = sql.planning(connection.dialect.name)
        return connection.execute(statement, {"rows": json.dumps(rows)}).rowcount
    return _copied(connection, rows)


def _on_sqlite(connection: Connection, rows: Sequence[Sequence[object]]) -> int:
    if not rows:
        return 0
    connection.exec_driver_sql(_DELIVERIES, list(map(_SMALL, rows)))
    return connection.exec_driver_sql(_SELECTIONS, list(map(_FROZEN, rows))).rowcount


def _copied(connection: Connection, rows: Sequence[Sequence[object]]) -> int:
    connection.exec_driver_sql(_STAGE)
    # A transaction leaves it empty; only a second batch of one has to empty it.
    if connection.exec_driver_sql(_FILLED).scalar_one():
        connection.exec_driver_sql("TRUNCATE planned_deliveries")
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  # an open connection has one
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row(row)
    return connection.exec_driver_sql(sql.moving("planned_deliveries AS v")).rowcount


_PLACES = {name: place for place, name in enumerate(sql.PLANNED)}
_SMALL = itemgetter(*(_PLACES[name] for name in sql.PLANNED if name not in sql.FROZEN))
_FROZEN = itemgetter(*(_PLACES[name] for name in (*sql.FROZEN, *sql.UNIQUE)))
_DELIVERIES = (
    f"INSERT INTO deliveries ({sql.SMALL}, owner, enhanced)"  # noqa: S608  # constants
    f" VALUES ({'?, ' * (len(sql.PLANNED) - len(sql.FROZEN))}'', '') ON CONFLICT DO NOTHING"
)
_SELECTIONS = (
    f"INSERT INTO selections (delivery_id, {', '.join(sql.FROZEN)})"  # noqa: S608  # constants
    f" SELECT id{', ?' * len(sql.FROZEN)} FROM deliveries"
    f" WHERE {' AND '.join(f'{name} = ?' for name in sql.UNIQUE)} ON CONFLICT DO NOTHING"
)
_TYPED = ", ".join(f"{name} {kind}" for name, kind in sql.PLANNED.items())
_STAGE = f"CREATE TEMPORARY TABLE IF NOT EXISTS planned_deliveries ({_TYPED}) ON COMMIT DELETE ROWS"
_FILLED = "SELECT EXISTS (SELECT FROM planned_deliveries)"
_COPY = f"COPY planned_deliveries ({', '.join(sql.PLANNED)}) FROM STDIN"
