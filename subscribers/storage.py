"""What the tables of every store share: instants in UTC, and transactions that write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import DateTime, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database, on SQLite as well as on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite stores it without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"an instant without a time zone: {value}"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def writing(engine: Engine) -> Engine:
    """The engine for transactions that will write.

    On SQLite they take the write lock when they begin: one that reads first and writes later
    could not be continued when another wrote in between.
    """
    return engine.execution_options(sqlite_begin="IMMEDIATE")


def inserting(connection: Connection, table: Table) -> Any:  # noqa: ANN401  # each dialect has its own class
    """An INSERT that knows ON CONFLICT, which SQLite and PostgreSQL write alike."""
    made = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return made(table)
