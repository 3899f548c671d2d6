"""Vectors kept on disk, so that each paper is embedded once."""

from __future__ import annotations

import hashlib
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from digest.embedding import Embedder, Vectors

_ASKED = 500  # keys in one query
_BLOCK = 64  # texts between two commits
_BUSY_SECONDS = 30
_TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"


_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class CachedEmbedder:
    """Another embedder with a memory: a file of its own for each model.

    Losing the file costs time only: a damaged one is begun anew, and where none can be written, the
    vectors are made all the same; both are logged. Several processes may share it.

    Args:
        embedder: does the work for texts not seen before.
        folder: where the file lies; made where it is not there.
        progress: called with the number of texts embedded since the last call.

    Raises:
        OSError: the folder cannot be made.
    """

    def __init__(
        self, embedder: Embedder, folder: Path, progress: Callable[[int], None] | None = None
    ) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._progress = progress or (lambda _: None)
        self._octets = 2 * embedder.embed([]).shape[1]  # of a vector in half the precision
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"vectors-{re.sub(r'[^A-Za-z0-9._-]', '-', self.name)}.sqlite3"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text, in half the precision."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        known = self._kept(list(dict.fromkeys(keys)))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        known |= dict(self._new(missing))
        rows = [np.frombuffer(known[key], dtype=np.float16) for key in keys]
        return np.array(rows, dtype=np.float32) if rows else self._embedder.embed([])

    def _kept(self, keys: list[bytes]) -> dict[bytes, bytes]:
        nothing: dict[bytes, bytes] = {}
        return self._in_file(lambda file: dict(_known(file, keys, self._octets)), nothing)

    def _new(self, missing: dict[bytes, str]) -> Iterator[tuple[bytes, bytes]]:
        items = sorted(missing.items(), key=lambda item: len(item[1]))
        for start in range(0, len(items), _BLOCK):
            block = items[start : start + _BLOCK]
            vectors = self._embedder.embed([text for _, text in block]).astype(np.float16)
            rows = [(key, row.tobytes()) for (key, _), row in zip(block, vectors, strict=True)]
            self._in_file(partial(_keep, rows=rows), None)
            self._progress(len(block))
            yield from rows

    def _in_file(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        try:
            with closing(sqlite3.connect(self._file, timeout=_BUSY_SECONDS)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(_TABLE)
                return work(connection)
        except sqlite3.OperationalError as error:
            _log.warning("vectors are not kept in %s: %s", self._file, error)
        except sqlite3.DatabaseError as error:
            _log.warning("%s is damaged and begun anew: %s", self._file, error)
            self._forget()
        return otherwise

    def _forget(self) -> None:
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):  # it is said again at the next text
                self._file.with_name(self._file.name + ending).unlink(missing_ok=True)


def _keep(connection: sqlite3.Connection, rows: list[tuple[bytes, bytes]]) -> None:
    with connection:
        connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


def _known(
    connection: sqlite3.Connection, keys: list[bytes], octets: int
) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(keys), _ASKED):
        some = keys[start : start + _ASKED]
        marks = ",".join("?" * len(some))
        # Only the number of marks goes into the text; the keys are bound.
        yield from connection.execute(
            f"SELECT key, vector FROM vectors WHERE length(vector) = ? AND key IN ({marks})",  # noqa: S608
            [octets, *some],
        )
