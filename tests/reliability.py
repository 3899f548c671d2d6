"""The sections of `docs/reliability.md` that long tests write, each between its own marks."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

Row = tuple[object, ...]


def writes() -> bool:
    """Whether sections are written, rather than compared with."""
    return bool(os.environ.get("DIGEST_RELIABILITY"))


def write_section(name: str, lines: Sequence[str]) -> None:
    """Puts lines between a section's marks, where `DIGEST_RELIABILITY` names the document.

    Raises:
        ValueError: the document has no such marks.
    """
    target = os.environ.get("DIGEST_RELIABILITY")
    if not target:
        return
    begin, end = f"<!-- {name}: written by the tests -->", f"<!-- end of {name} -->"
    with Path(target).open("r+", encoding="utf-8") as document:
        fcntl.flock(document, fcntl.LOCK_EX)  # the long tests run side by side
        text = document.read()
        before, opened, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (opened and closed):
            raise ValueError(f"{target} has no marks for the section {name!r}")
        document.seek(0)
        document.write("\n".join([before + begin, "", *lines, "", end]) + after)
        document.truncate()


def table(head: Row, rows: Sequence[Row]) -> list[str]:
    """A table in Markdown; whole numbers with thousands apart."""
    cells = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(map(_cell, row)) + " |" for row in cells]


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
