"""What the tables of every store share: instants in UTC, and transactions that write."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, Engine, Table, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import DateTime, NullType, TypeDecorator


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


def as_stored(column: Column[Any]) -> ColumnElement[Any]:
    """A column whose values come as the driver gives them: for those who read very many."""
    return type_coerce(column, NullType())


@lru_cache(maxsize=4096)
def read_instant(stored: Any) -> Any:  # noqa: ANN401  # text on SQLite, an instant on PostgreSQL
    """What `UtcDateTime` reads, of a value as it is stored; shared instants are read once."""
    if stored is None:
        return None
    at = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


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
