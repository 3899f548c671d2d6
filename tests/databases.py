"""Databases with the whole schema, each a copy of one that the migrations made once."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from digest.database import open_database, upgrade
from tests.support import PostgresServer

_TEMPLATE = "with_schema"


def new_sqlite(folder: Path) -> str:
    """The URL of a folder's `digest.sqlite3`, made where it is not there."""
    path = folder / "digest.sqlite3"
    if not path.exists():
        shutil.copyfile(_sqlite(), path)
    return f"sqlite:///{path}"


def new_postgres(server: PostgresServer) -> str:
    """The URL of a database of its own."""
    return server.create_database(template=_postgres(server))


@cache
def _sqlite() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="digest-schema-"))
    atexit.register(shutil.rmtree, folder)
    _migrate(f"sqlite:///{folder / _TEMPLATE}")
    return folder / _TEMPLATE


@cache
def _postgres(server: PostgresServer) -> str:
    _migrate(server.create_database(_TEMPLATE))
    return _TEMPLATE


def _migrate(url: str) -> None:
    engine = open_database(url)
    upgrade(engine)
    engine.dispose()
