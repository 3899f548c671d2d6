"""Commands that change something: each leaves an act in the audit log."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from digest.cli.context import Format, has_database, opened, settings_of
from digest.cli.output import note, print_json, say
from digest.errors import DatabaseError

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.audit import Doing


def operator() -> str:
    """The user who runs this process, by the system's word and not the environment's."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container may run as a number without a name
        return f"user {number}"


@contextmanager
def acting(
    ctx: typer.Context, action: str, subject: str = "", detail: str = ""
) -> Iterator[tuple[App, Doing]]:
    """The opened application, and the act that is noted in its audit log.

    Raises:
        SchemaMismatch: the database is not there yet, or of another program.
    """
    with opened(ctx) as app, noted(app, action, subject, detail) as doing:
        yield app, doing


@contextmanager
def noted(app: App, action: str, subject: str = "", detail: str = "") -> Iterator[Doing]:
    """An act in the audit log of an application that is open."""
    from digest.audit import Place

    with app.audit.act(Place.COMMAND_LINE, operator(), action, app.now(), subject, detail) as doing:
        yield doing


@contextmanager
def noting(ctx: typer.Context, action: str, subject: str = "", detail: str = "") -> Iterator[None]:
    """The same for what needs no database: where none is ready, a note says that none was left."""
    if not has_database(settings_of(ctx).database):
        note("Not noted in the audit log: there is no database yet (`digest init`).")
        yield
        return
    try:
        with opened(ctx):
            pass
    except DatabaseError as error:
        note(f"Not noted in the audit log: {error}")
        yield
        return
    with acting(ctx, action, subject, detail):
        yield


def tell(how: Format, text: str, **facts: object) -> None:
    """What a command did: a sentence to read, or the facts as a JSON object."""
    if how is Format.JSON:
        print_json(facts)
    else:
        say(text)
