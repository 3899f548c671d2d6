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

from digest.database import by_driver
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
        return connection.execute(sql.planning(), {"rows": json.dumps(rows)}).rowcount
    return _copied(connection, rows)


def _on_sqlite(connection: Connection, rows: Sequence[Sequence[object]]) -> int:
    if not rows:
        return 0
    with by_driver(connection) as driver:
        new = driver.executemany(_DELIVERIES, map(_SMALL, rows)).rowcount
        if new < len(rows):
            return int(driver.executemany(_FOUND, map(_SOUGHT, rows)).rowcount)
        # Nobody else writes meanwhile: they have the numbers up to the last, in their order.
        (last,) = driver.execute("SELECT last_insert_rowid()").fetchone()
        numbered = ((number, *_FROZEN(row)) for number, row in enumerate(rows, last - new + 1))
        return int(driver.executemany(_NUMBERED, numbered).rowcount)


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
    return connection.exec_driver_sql(_MOVING).rowcount


_PLACES = {name: place for place, name in enumerate(sql.PLANNED)}
_SMALL = itemgetter(*(_PLACES[name] for name in sql.PLANNED if name not in sql.FROZEN))
_FROZEN = itemgetter(*(_PLACES[name] for name in sql.FROZEN))
_SOUGHT = itemgetter(*(_PLACES[name] for name in (*sql.FROZEN, *sql.UNIQUE)))
_DELIVERIES = (
    f"INSERT INTO deliveries ({sql.SMALL}, owner, enhanced)"  # noqa: S608  # constants
    f" VALUES ({'?, ' * (len(sql.PLANNED) - len(sql.FROZEN))}'', '') ON CONFLICT DO NOTHING"
)
_NUMBERED = (
    f"INSERT INTO selections (delivery_id, {', '.join(sql.FROZEN)})"  # noqa: S608  # constants
    f" VALUES (?{', ?' * len(sql.FROZEN)})"
)
_FOUND = (
    f"INSERT INTO selections (delivery_id, {', '.join(sql.FROZEN)})"  # noqa: S608  # constants
    f" SELECT id{', ?' * len(sql.FROZEN)} FROM deliveries"
    f" WHERE {' AND '.join(f'{name} = ?' for name in sql.UNIQUE)} ON CONFLICT DO NOTHING"
)
_TYPED = ", ".join(f"{name} {kind}" for name, kind in sql.PLANNED.items())
# A row gets its number where it waits: so its selection finds it by that, and nothing is sorted.
_STAGE = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS planned_deliveries"
    f" (id bigint DEFAULT nextval('deliveries_id_seq'), {_TYPED}) ON COMMIT DELETE ROWS"
)
_FILLED = "SELECT EXISTS (SELECT FROM planned_deliveries)"
_COPY = f"COPY planned_deliveries ({', '.join(sql.PLANNED)}) FROM STDIN"
_MOVING = f"""
    WITH new AS (
        INSERT INTO deliveries (id, {sql.SMALL}, owner, enhanced)
        SELECT id, {sql.SMALL}, '', '' FROM planned_deliveries ON CONFLICT DO NOTHING
        RETURNING id)
    INSERT INTO selections (delivery_id, {", ".join(sql.FROZEN)})
    SELECT id, {", ".join(sql.FROZEN)} FROM planned_deliveries
     WHERE id IN (SELECT id FROM new)"""  # noqa: S608  # constants
