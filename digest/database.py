"""The engine and the migrations of the whole program; each store declares its own tables.

SQLite is the default (WAL, every commit flushed to disk), PostgreSQL by its URL. The stores
are synchronous and work in batches; asynchronous code calls them in a thread.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InvalidatePoolError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from digest import private
from digest.errors import DatabaseError, DatabaseUnreachable, SchemaMismatch
from subscribers.errors import PaperDigestError
from subscribers.storage import UtcDateTime, writing

if TYPE_CHECKING:  # imported when a schema is changed: it takes a tenth of a short command
    from alembic.config import Config

__all__ = [
    "TROUBLES",
    "UtcDateTime",
    "by_driver",
    "check_schema",
    "is_known",
    "newest",
    "open_database",
    "revision",
    "shown",
    "upgrade",
    "writing",
]

MIGRATIONS = Path(__file__).with_name("migrations")
BUSY_SECONDS = 30
IDLE_SECONDS = 1.0
#: What a loop survives and tells in a line: its next turn tries again.
TROUBLES = (PaperDigestError, DBAPIError)
#: libpq's parameters by which a database that is cut off is known to be within 15 seconds.
KEEPALIVE = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}
#: By these a server of PostgreSQL ends the session of a machine that is cut off, within about ten
#: seconds. By itself it would wait for two hours, and keep what that session had locked.
NOTICE = (
    "SET tcp_keepalives_idle = 4",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 10000",
)


def open_database(url: str) -> Engine:
    """An engine for a SQLAlchemy URL; `postgresql://` means psycopg 3.

    Raises:
        DatabaseUnreachable: the URL is none, or its driver is not installed.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, **_options(parsed))
    except (ArgumentError, ModuleNotFoundError) as error:
        raise DatabaseUnreachable(url=_shown(url), reason=_one_line(error)) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", partial(_make_private, engine.url.database))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgres)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_ask_the_idle, engine))
    return engine


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}}
    return {"pool_size": 5, "max_overflow": 10, "connect_args": KEEPALIVE}


def _make_private(file: str | None, *_driver: object) -> None:
    """A new file is its owner's alone, since it holds addresses; SQLite's two others follow it."""
    if file and file != ":memory:" and not file.startswith("file:"):
        with suppress(OSError):  # it is there, or SQLite says why it cannot be
            os.close(private.create(Path(file)))


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transactions would begin late and only for writes: ours begin at once.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _prepare_postgres(connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401  # psycopg is an extra
    # Instants are handed over as text in UTC: a server in another zone would read them in its own.
    connection.execute("; ".join(("SET TIME ZONE 'UTC'", *NOTICE)))
    connection.commit()
    _note_use(connection, entry)


def _note_use(_connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401  # psycopg is an extra
    entry.info["used"] = time.monotonic()


def _ask_the_idle(
    engine: Engine,
    connection: Any,  # noqa: ANN401  # psycopg is an extra
    entry: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Has a connection that lay idle replaced where the server has gone.

    SQLAlchemy's own way asks before each use, which is a way there and back for each batch of
    answers. One that was used just now is not asked: its loss is met as in any transaction.
    """
    if time.monotonic() - entry.info.get("used", 0.0) < IDLE_SECONDS:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        if engine.dialect.is_disconnect(error, connection, None):
            raise InvalidatePoolError from error
        raise


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    with _told_by_the_driver(connection) as driver:
        driver.execute(f"BEGIN {mode}")


@contextmanager
def by_driver(connection: Connection) -> Iterator[Any]:
    """The driver's own connection, within a transaction of SQLAlchemy's, which begins if need be.

    For the few statements that run for every delivery: what SQLAlchemy adds to each is as much
    work as they are.

    Raises:
        DBAPIError: in the place of the driver's own error, as SQLAlchemy would.
    """
    if not connection.in_transaction():
        connection.begin()
    with _told_by_the_driver(connection) as driver:
        yield driver


@contextmanager
def _told_by_the_driver(connection: Connection) -> Iterator[Any]:
    driver = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        yield driver
    except errors as error:
        lost = connection.dialect.is_disconnect(error, driver, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, errors, connection_invalidated=lost, dialect=connection.dialect
        ) from error


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Brings the schema to a revision, by Alembic.

    Raises:
        DatabaseUnreachable: it cannot be opened.
        DatabaseError: a migration failed; the schema stays as it was.
    """
    from alembic import command

    with _translated(engine), engine.connect() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def revision(connection: Connection) -> str | None:
    """The schema that a database has; None where it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def newest() -> str:
    """The schema that this program works on: its newest migration, by the files' names."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def check_schema(engine: Engine) -> None:
    """Refuses to work on a database of another schema.

    Raises:
        SchemaMismatch: says which way, and what to do.
    """
    with _translated(engine), engine.connect() as connection:
        found = revision(connection)
    wanted = newest()
    if found == wanted:
        return
    older = "run `digest database upgrade`" if found else "run `digest init`"
    remedy = older if is_known(found) else "install a newer Paper Digest"
    raise SchemaMismatch(url=shown(engine), found=found or "none", wanted=wanted, remedy=remedy)


def is_known(found: str | None) -> bool:
    """Whether a schema is this program's, or one that it can bring up to date."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_alembic())
    return found is None or found in {script.revision for script in scripts.walk_revisions()}


def shown(engine: Engine) -> str:
    """The database's address without its password."""
    return engine.url.render_as_string(hide_password=True)


def _shown(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "of the settings"  # it could hold a password in a place we do not know


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnreachable(url=shown(engine), reason=_one_line(error.orig)) from None
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error  # the driver's own words, where it spoke
        raise DatabaseError(url=shown(engine), reason=_one_line(cause)) from error


def _one_line(error: object) -> str:
    return " ".join(str(error).split())
