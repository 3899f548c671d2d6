"""Vectors kept on disk, so that each paper is embedded once."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from digest.embedding import Embedder, Vectors

_ASKED = 500  # keys in one query
_BLOCK = 64  # texts between two commits
_BUSY_SECONDS = 30


class CachedEmbedder:
    """Another embedder with a memory: a file of its own for each model.

    Losing the file costs time only. Several processes may share it.

    Args:
        embedder: does the work for texts not seen before.
        folder: where the file lies; made where it is not there.
        progress: called with the number of texts embedded since the last call.
    """

    def __init__(
        self, embedder: Embedder, folder: Path, progress: Callable[[int], None] | None = None
    ) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._progress = progress or (lambda _: None)
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"vectors-{re.sub(r'[^A-Za-z0-9._-]', '-', self.name)}.sqlite3"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text, in half the precision."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        with closing(sqlite3.connect(self._file, timeout=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
            )
            known = dict(_known(connection, list(dict.fromkeys(keys))))
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            known |= dict(self._new(connection, missing))
        rows = [np.frombuffer(known[key], dtype=np.float16) for key in keys]
        return np.array(rows, dtype=np.float32) if rows else self._embedder.embed([])

    def _new(
        self, connection: sqlite3.Connection, missing: dict[bytes, str]
    ) -> Iterator[tuple[bytes, bytes]]:
        items = sorted(missing.items(), key=lambda item: len(item[1]))
        for start in range(0, len(items), _BLOCK):
            block = items[start : start + _BLOCK]
            vectors = self._embedder.embed([text for _, text in block]).astype(np.float16)
            rows = [(key, row.tobytes()) for (key, _), row in zip(block, vectors, strict=True)]
            with connection:
                connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
            self._progress(len(block))
            yield from rows


def _known(connection: sqlite3.Connection, keys: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(keys), _ASKED):
        some = keys[start : start + _ASKED]
        marks = ",".join("?" * len(some))
        # Only the number of marks goes into the text; the keys are bound.
        yield from connection.execute(
            f"SELECT key, vector FROM vectors WHERE key IN ({marks})",  # noqa: S608
            some,
        )
