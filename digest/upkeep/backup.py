"""A copy of the database in one file, while everything goes on.

SQLite: its online backup, page by page, one state of the database as a whole. PostgreSQL:
`pg_dump`, in its own compressed format.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import mkstemp

from sqlalchemy import Engine

from digest.database import shown
from digest.errors import BackupFailed
from digest.upkeep.programs import ProgramFailed, run

PAGES = 2000  # copied at once: 8 MB, between which others may write
#: Told of: how many of how many pages are copied.
Progress = Callable[[int, int], None]


def back_up(engine: Engine, file: Path, progress: Progress = lambda _done, _of: None) -> int:
    """Writes a copy of the database, readable by this user alone; returns its octets.

    The file is whole or not there: it gets its name when all is on the disk.

    Args:
        engine: of the database.
        file: where to; a file that is there is written over.
        progress: on SQLite, told after each part.

    Raises:
        BackupFailed: the file cannot be written, or `pg_dump` is missing or failed.
    """
    try:
        handle, name = mkstemp(dir=file.parent, prefix=f".{file.name}-")
        os.close(handle)
        unfinished = Path(name)
        try:
            if engine.dialect.name == "sqlite":
                _copy(engine, unfinished, progress)
            else:
                run("pg_dump", engine.url, "--format=custom", f"--file={unfinished}")
            _settle(unfinished, file)
        finally:
            unfinished.unlink(missing_ok=True)
        return file.stat().st_size
    except (OSError, sqlite3.Error, ProgramFailed) as error:
        raise BackupFailed(url=shown(engine), file=file, reason=error) from None


def _copy(engine: Engine, file: Path, progress: Progress) -> None:
    with (
        closing(sqlite3.connect(str(engine.url.database))) as source,
        closing(sqlite3.connect(file)) as copy,
    ):
        source.backup(copy, pages=PAGES, progress=lambda _, left, of: progress(of - left, of))
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _settle(unfinished: Path, file: Path) -> None:
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
