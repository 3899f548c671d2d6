"""What every command shares: the options before it, and the opened application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.bounds import EARLIEST_YEAR, LATEST_YEAR

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """The options that stand before a command."""

    config: Path | None = None


class Format(StrEnum):
    """How a command prints what it found."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[
    Format, typer.Option("--format", "-f", help="A table to read, or JSON for scripts.")
]


def parse_day(text: str) -> date:
    """A day as people write it on a command line: `2026-08-20`."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day: write it as 2026-08-20") from None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise typer.BadParameter(f"{text!r} is no day of {EARLIEST_YEAR} to {LATEST_YEAR}")
    return day


DayOption = Annotated[
    date | None,
    typer.Option("--date", "-d", metavar="DAY", parser=parse_day, help="As 2026-08-20."),
]


def settings_of(ctx: typer.Context) -> Settings:
    """The settings that this command works with."""
    from digest.config import load

    return load(ctx.ensure_object(Options).config)


def has_database(url: str) -> bool:
    """Whether there is one: opening SQLite would make an empty file."""
    file = url.removeprefix("sqlite:///")
    return file == url or Path(file).exists()


@contextmanager
def opened(ctx: typer.Context) -> Iterator[App]:
    """The application on the settings' database, closed afterwards.

    Raises:
        DatabaseUnreachable: it is not there yet.
        SchemaMismatch: it is of another program.
    """
    from digest.app import make_app
    from digest.errors import DatabaseUnreachable

    settings = settings_of(ctx)
    if not has_database(settings.database):
        reason = "it is not there; `digest init` makes one, or go to the folder of yours"
        raise DatabaseUnreachable(url=settings.database, reason=reason)
    app = make_app(settings)
    try:
        app.check()
        yield app
    finally:
        app.close()
