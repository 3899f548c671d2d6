"""A backup put in the place of a database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from enum import StrEnum
from itertools import takewhile
from pathlib import Path

from sqlalchemy import Engine, func, inspect, select

from digest.archive import tables as archive
from digest.database import is_known, shown, upgrade
from digest.delivery.tables import deliveries
from digest.errors import BackupUnusable, DatabaseNotEmpty, KeysMissing
from digest.keys import LINKS_FILE, load_links
from digest.link_keys import DEAD, difference, remember
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
_REMEDY = (
    f"without the keys that belong to the backup {DEAD}. Copy them here first; `--new-keys` if "
    "they are lost"
)
_SQLITE, _POSTGRES = b"SQLite format 3\0", b"PGDMP"


class Keys(StrEnum):
    """Whether the link keys in the folder are those of a backup; older backups do not say."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"


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
    keys: Path,
    *,
    new_keys: bool = False,
    replace: bool = False,
    progress: Progress = lambda _done, _of: None,
) -> Keys:
    """Puts a backup in the place of the database, and brings its schema up to date.

    All or nothing: where it fails, the database is as it was.

    Args:
        engine: of the database; no other process may work on it meanwhile.
        file: what `back_up` wrote, of the same kind of database.
        keys: the folder with the link keys that belong to the backup.
        new_keys: those are lost; what is in the folder, or is made there, takes their place.
        replace: also over a database that has content, all of which is lost.
        progress: on SQLite, told after each part.

    Raises:
        DatabaseNotEmpty: and `replace` was not said.
        BackupUnusable: the file is none, is damaged, or of a newer program.
        KeysMissing: the folder has no link keys or others, and `new_keys` was not said.
        SigningKeyError: its file holds none.
    """
    there = content(engine)
    if there and not replace:
        raise DatabaseNotEmpty(url=shown(engine), content=there)
    try:
        found = _refuse_other_keys(_fingerprints(engine, file), keys, new_keys=new_keys)
        _put_back(engine, file, progress)
    except (OSError, sqlite3.Error, ProgramFailed) as error:
        raise BackupUnusable(file=file, url=shown(engine), reason=error) from None
    upgrade(engine)
    remember(engine, load_links(keys), anew=found is Keys.OTHER)
    return found


def _fingerprints(engine: Engine, file: Path) -> dict[int, str]:
    """Those of the link keys of a backup that can be restored here; none in older ones."""
    _refuse_other_kinds(engine, file)
    on_sqlite = engine.dialect.name == "sqlite"
    revision, known = _checked(file) if on_sqlite else _read_dump(file)
    _refuse_newer(engine, file, revision)
    return known


def _put_back(engine: Engine, file: Path, progress: Progress) -> None:
    engine.dispose()  # a connection of ours would hold a lock
    if engine.dialect.name == "sqlite":
        _copy(file, engine, progress)
    else:
        how = ("--clean", "--if-exists", "--single-transaction", "--no-owner", "--no-privileges")
        run("pg_restore", engine.url, *how, str(file))


def _refuse_other_keys(known: Mapping[int, str], keys: Path, *, new_keys: bool) -> Keys:
    file = keys / LINKS_FILE
    reason = difference(load_links(keys), known) if file.exists() else "is not there"
    if reason and not new_keys:
        raise KeysMissing(file=file, reason=reason, remedy=_REMEDY)
    if reason:
        return Keys.OTHER
    return Keys.SAME if known else Keys.UNKNOWN


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


def _checked(file: Path) -> tuple[str | None, dict[int, str]]:
    """The schema of a backup of SQLite that is whole, and its keys' fingerprints."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as backup:
        (said,) = backup.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(f"it is damaged: {said}")
        (revision,) = backup.execute("SELECT version_num FROM alembic_version").fetchone()
        named = "SELECT name FROM sqlite_master WHERE name = 'link_keys'"
        there = backup.execute(named).fetchone()
        rows = backup.execute("SELECT number, fingerprint FROM link_keys") if there else ()
        return str(revision), dict(rows)


def _read_dump(file: Path) -> tuple[str | None, dict[int, str]]:
    """The same of a backup of PostgreSQL: the rows of two tables, as SQL."""
    revision = next(_rows(file, "alembic_version"), (None,))[0]
    return revision, {int(number): mark for number, mark in _rows(file, "link_keys")}


def _rows(file: Path, table: str) -> Iterator[tuple[str, ...]]:
    """The rows of a table in a dump, in the text form of COPY; none where it has no such table."""
    lines = iter(run("pg_restore", None, "--data-only", f"--table={table}", "--file=-", str(file))
                 .splitlines())  # fmt: skip
    if any(line.startswith("COPY ") for line in lines):
        yield from (tuple(line.split("\t")) for line in takewhile(lambda row: row != "\\.", lines))


def _copy(file: Path, engine: Engine, progress: Progress) -> None:
    with (
        closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as backup,
        closing(sqlite3.connect(str(engine.url.database))) as target,
    ):
        backup.backup(target, pages=PAGES, progress=lambda _, left, of: progress(of - left, of))
