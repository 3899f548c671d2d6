"""Printing: tables for people, JSON for scripts, progress and warnings on standard error."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from digest.cli.context import Format
from digest.cli.tables import as_table

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """One line of the result."""
    out.print(escape(text), soft_wrap=True)


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things: `1 line`, `2 lines`; with `many` where it is not made by an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def note(text: str) -> None:
    """One line about the work, beside the result."""
    err.print(escape(text), style="dim", soft_wrap=True)


def warn(text: str) -> None:
    """Something a person should know although the work goes on."""
    err.print(f"[yellow]warning:[/] {escape(text)}", soft_wrap=True)


def fail(text: str) -> None:
    """Why the command failed."""
    err.print(f"[red]error:[/] {escape(text)}", soft_wrap=True)


def show(
    rows: Sequence[Mapping[str, Any]], how: Format, *, title: str = "", empty: str = "Nothing."
) -> None:
    """Rows as a table, or as a JSON array of objects with the same names."""
    if how is Format.JSON:
        print_json(list(rows))
    elif rows:
        out.print(as_table(rows, title, out.width))
    else:
        say(empty)


def print_json(value: object) -> None:
    """Any value of ours as JSON on standard output."""
    out.file.write(json.dumps(value, default=plain, ensure_ascii=False, indent=2) + "\n")


def plain(value: object) -> object:
    """What `json` cannot write itself: instants, days, paths, dataclasses, sets."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        # Not `asdict`: it makes a Counter of a Counter's pairs.
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[float], None]]:
    """A bar on standard error while long work goes on; silent where no terminal is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield partial(bar.advance, task)


@contextmanager
def retries_told() -> Iterator[None]:
    """Says on standard error whenever a source is tried again: which, why, and in how long."""
    logger, teller = logging.getLogger("digest.http"), _Teller()
    before = logger.level
    logger.addHandler(teller)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(teller)
        logger.setLevel(before)


class _Teller(logging.Handler):
    """Prints what is logged as a note, above a bar where there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        note(record.getMessage())
