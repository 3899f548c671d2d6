from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, inspect, text
from sqlalchemy.exc import DBAPIError

import digest
import subscribers
from digest.database import by_driver, check_schema, open_database, upgrade
from digest.errors import DatabaseUnreachable, SchemaMismatch


def all_metadata() -> list[MetaData]:
    """What every module of the program declares."""
    found: dict[int, MetaData] = {}
    for package in (digest, subscribers):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".migrations" in module.name or module.name.endswith("__main__"):
                continue
            metadata = getattr(importlib.import_module(module.name), "metadata", None)
            if isinstance(metadata, MetaData):
                found[id(metadata)] = metadata
    return list(found.values())


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether we declare a table: those of the job queue are Procrastinate's."""
    return kind != "table" or not str(name).startswith("procrastinate_")


def test_migrations_and_declared_tables_are_equal(engine: Engine) -> None:
    with engine.connect() as connection:
        opts = {"compare_server_default": True, "include_name": is_ours}
        context = MigrationContext.configure(connection, opts=opts)
        # It takes a list too (`target_metadata` may be one), which its annotation does not say.
        differences = compare_metadata(context, all_metadata())  # type: ignore[arg-type]
        assert differences == []


def test_the_newest_schema_is_the_one_that_alembic_ends_at() -> None:
    from digest.database import _alembic, newest

    assert ScriptDirectory.from_config(_alembic()).get_heads() == [newest()]


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'digest.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE addresses (email TEXT)"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    engine.dispose()
    assert modes == dict.fromkeys(
        ("digest.sqlite3", "digest.sqlite3-wal", "digest.sqlite3-shm"), 0o600
    )


def test_every_migration_can_be_taken_back(engine: Engine) -> None:
    from alembic import command

    from digest.database import _alembic

    config = _alembic()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(engine)
    check_schema(engine)


def test_the_migrations_are_one_chain() -> None:
    from digest.database import _alembic

    assert len(ScriptDirectory.from_config(_alembic()).get_heads()) == 1


def test_a_database_without_schema_says_what_to_do(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/empty.sqlite3")
    with pytest.raises(SchemaMismatch, match=r"has schema none.*run `digest init`"):
        check_schema(engine)
    engine.dispose()


def test_a_database_of_a_later_program_is_left_alone(sqlite_engine: Engine) -> None:
    with sqlite_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(SchemaMismatch, match="install a newer Paper Digest"):
        check_schema(sqlite_engine)


def test_sqlite_keeps_what_was_committed(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////nowhere/at/all.sqlite3", "oracle://x:y@z"])
def test_an_unusable_address_is_named_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        upgrade(open_database(url))
    assert ":y@" not in str(caught.value)


@pytest.mark.postgres
def test_a_connection_that_lay_idle_is_replaced_where_the_server_ended_it(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.database.IDLE_SECONDS", 0.0)
    engine, other = open_database(postgres_url), open_database(postgres_url)
    with engine.connect() as connection:
        process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with other.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process}
        )
    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != process
    engine.dispose()
    other.dispose()


def test_the_drivers_own_connection_is_within_the_transaction(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        with by_driver(connection) as driver:
            driver.execute("CREATE TABLE written (id INTEGER)")
        connection.rollback()
    assert "written" not in inspect(sqlite_engine).get_table_names()


def test_the_drivers_own_errors_come_as_those_of_the_database(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError), by_driver(connection) as driver:
        driver.execute("SELECT * FROM nowhere")
