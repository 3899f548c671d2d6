"""A backup put in the place of a database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, func, inspect, select

from digest.archive import tables as archive
from digest.database import is_known, shown, upgrade
from digest.delivery.tables import deliveries
from digest.errors import BackupUnusable, DatabaseNotEmpty, KeysMissing
from digest.keys import LINKS_FILE
from digest.upkeep.backup import PAGES, Progress
from digest.upkeep.programs import ProgramFailed, run
from subscribers.tables import subscribers, suppressions

#: What makes a database worth asking before it is written over.
_CONTENT = {
    "subscribers": subscribers,
    "suppressions": suppressions,
    "editions": archive.editions,
    "deliveries": deliveries,
}
_WITHOUT_KEYS = (
    "without the keys that belong to the backup every link in mails that were sent is dead, and "
    "suppressed addresses are known no more. Copy them here first; `--new-keys` if they are lost"
)
_SQLITE, _POSTGRES = b"SQLite format 3\0", b"PGDMP"


def refuse_without_keys(folder: Path, *, new_keys: bool) -> bool:
    """Whether new link keys are to be made; they are only where that was said.

    Args:
        folder: of the keys.
        new_keys: those that belong to the backup are lost.

    Raises:
        KeysMissing: there are none in the folder, and `new_keys` was not said.
    """
    file = folder / LINKS_FILE
    missing = not file.exists()
    if missing and not new_keys:
        raise KeysMissing(file=file, reason=_WITHOUT_KEYS)
    return missing


def content(engine: Engine) -> str:
    """What a database has, in words; "" for one that is empty."""
    there = set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        counts = {
            name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in _CONTENT.items()
            if table.name in there
        }
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def restore(
    engine: Engine,
    file: Path,
    *,
    replace: bool = False,
    progress: Progress = lambda _done, _of: None,
) -> None:
    """Puts a backup in the place of the database, and brings its schema up to date.

    All or nothing: where it fails, the database is as it was.

    Args:
        engine: of the database; no other process may work on it meanwhile.
        file: what `back_up` wrote, of the same kind of database.
        replace: also over a database that has content, all of which is lost.
        progress: on SQLite, told after each part.

    Raises:
        DatabaseNotEmpty: and `replace` was not said.
        BackupUnusable: the file is none, is damaged, or of a newer program.
    """
    there = content(engine)
    if there and not replace:
        raise DatabaseNotEmpty(url=shown(engine), content=there)
    try:
        _refuse_other_kinds(engine, file)
        engine.dispose()  # a connection of ours would hold a lock
        if engine.dialect.name == "sqlite":
            _refuse_newer(engine, file, _checked(file))
            _copy(file, engine, progress)
        else:
            _refuse_newer(engine, file, _revision_of_dump(file))
            how = ("--clean", "--if-exists", "--single-transaction", "--no-owner")
            run("pg_restore", engine.url, *how, "--no-privileges", str(file))
    except (OSError, sqlite3.Error, ProgramFailed) as error:
        raise BackupUnusable(file=file, url=shown(engine), reason=error) from None
    upgrade(engine)


def _refuse_other_kinds(engine: Engine, file: Path) -> None:
    with file.open("rb") as opened:
        head = opened.read(len(_SQLITE))
    wanted = _SQLITE if engine.dialect.name == "sqlite" else _POSTGRES
    if not head.startswith(wanted):
        others = {_SQLITE: "of SQLite", _POSTGRES: "of PostgreSQL"}
        kind = next((name for mark, name in others.items() if head.startswith(mark)), "no backup")
        raise BackupUnusable(file=file, url=shown(engine), reason=f"it is {kind}")


def _refuse_newer(engine: Engine, file: Path, revision: str | None) -> None:
    if not is_known(revision):
        reason = f"its schema {revision} is of a newer Paper Digest"
        raise BackupUnusable(file=file, url=shown(engine), reason=reason)


def _checked(file: Path) -> str | None:
    """The schema of a backup of SQLite that is whole."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as backup:
        (said,) = backup.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(f"it is damaged: {said}")
        (revision,) = backup.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


def _revision_of_dump(file: Path) -> str | None:
    """The schema of a backup of PostgreSQL: the row of one table, as SQL."""
    only = ("--data-only", "--table=alembic_version", "--file=-")
    lines = run("pg_restore", None, *only, str(file)).splitlines()
    begin = next((n for n, line in enumerate(lines) if line.startswith("COPY ")), None)
    return None if begin is None else lines[begin + 1].strip()


def _copy(file: Path, engine: Engine, progress: Progress) -> None:
    with (
        closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as backup,
        closing(sqlite3.connect(str(engine.url.database))) as target,
    ):
        backup.backup(target, pages=PAGES, progress=lambda _, left, of: progress(of - left, of))
