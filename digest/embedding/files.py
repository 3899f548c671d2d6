"""Files of a model: which model they are, and reading them so that a fault names the file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def named(name: str, *files: Path) -> str:
    """The name with a hash of what the files hold, so that no other model has it.

    Args:
        name: for people.
        files: all that a vector depends on, in their order; one may not be there.

    Raises:
        OSError: a file cannot be read.
    """
    whole = hashlib.blake2b(digest_size=32)
    for file in files:
        if file.is_file():
            with file.open("rb") as opened:
                whole.update(hashlib.file_digest(opened, hashlib.blake2b).digest())
        whole.update(b"\x00")
    return f"{name}-{whole.hexdigest()[:16]}"


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """For libraries that read a file themselves.

    Raises:
        OSError: the file is not there.
        ValueError: the library could not read it; names the file.
    """
    if not file.is_file():
        raise FileNotFoundError(2, "is not there", str(file))
    try:
        yield
    except Exception as error:  # noqa: BLE001  # tokenizers raises nothing narrower
        msg = f"{file} is damaged: {error}"
        raise ValueError(msg) from None


def read_object(file: Path) -> dict[str, Any]:
    """The object of a JSON file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds something else; names the file.
    """
    value = read_json(file)
    if not isinstance(value, dict):
        msg = f"{file} holds no JSON object"
        raise ValueError(msg)  # noqa: TRY004  # what is wrong is the file
    return value


def read_json(file: Path) -> Any:  # noqa: ANN401  # JSON is anything
    """What a JSON file holds.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no JSON; names the file.
    """
    text = file.read_bytes()
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"{file} is no JSON: {error}"
        raise ValueError(msg) from None
