"""Files that only their owner can read, from their first moment on: keys, addresses, links."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ALONE = 0o600


def create(path: Path, *, replace: bool = False) -> int:
    """A new file, open for writing; returns its descriptor.

    Args:
        path: in a folder that is there.
        replace: one that is there already is emptied.

    Raises:
        FileExistsError: it is there already, and `replace` was not said.
        OSError: it cannot be made.
    """
    what = os.O_TRUNC if replace else os.O_EXCL
    return os.open(path, os.O_WRONLY | os.O_CREAT | what, OWNER_ALONE)


def write(path: Path, data: bytes, *, replace: bool = False) -> None:
    """Writes a file that is on disk once this returns.

    Args:
        path: as `create` takes it.
        data: all that it holds.
        replace: as `create` takes it.

    Raises:
        FileExistsError: it is there already, and `replace` was not said.
        OSError: it cannot be made or written.
    """
    with os.fdopen(create(path, replace=replace), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
