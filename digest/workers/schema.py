"""The job queue's tables, made by our own chain of migrations.

There is one chain, so that one number tells whether a program and a database belong together.
Procrastinate brings its schema as a file; a migration of ours runs that file, and the one
before drops what it made. A release of Procrastinate with another schema needs a migration of
ours: until there is one, `NEWEST` keeps the program from working with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import psycopg
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection

from digest.errors import JobQueueMismatch

#: The newest migration of the Procrastinate that our migrations bring a database to.
NEWEST = "03.04.00_50_post_add_retry_failed_job_procedure"

_DROP = """
DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,
           procrastinate_workers CASCADE;
DO $$
DECLARE one regprocedure;
BEGIN
    FOR one IN SELECT oid::regprocedure FROM pg_proc
                WHERE proname LIKE 'procrastinate\\_%'
                  AND pronamespace = current_schema()::regnamespace
    LOOP EXECUTE 'DROP FUNCTION ' || one || ' CASCADE'; END LOOP;
END $$;
DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status;
"""


def check_installed() -> None:
    """Refuses a Procrastinate whose schema is not the one of our migrations.

    Raises:
        JobQueueMismatch: says which was found.
    """
    found = max(path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    if found != NEWEST:
        raise JobQueueMismatch(found=found, wanted=NEWEST)


def create(connection: Connection) -> None:
    """Makes the queue's tables within the connection's transaction."""
    check_installed()
    _execute(connection, SchemaManager.get_schema())


def drop(connection: Connection) -> None:
    """Drops them."""
    _execute(connection, _DROP)


def driver(connection: Connection) -> psycopg.Connection:
    """The connection of psycopg, whose transaction is that of the SQLAlchemy connection."""
    return cast("psycopg.Connection", connection.connection.driver_connection)


def _execute(connection: Connection, statements: str) -> None:
    # Without parameters, so that psycopg takes several statements and leaves each % alone.
    driver(connection).execute(statements.encode())
