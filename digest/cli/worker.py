"""`digest worker`: takes jobs, on as many machines as wanted."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from digest import loop
from digest.cli.bounds import MOST_PROCESSES
from digest.cli.context import opened
from digest.cli.output import note, say

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(worker)


def worker(
    ctx: typer.Context,
    processes: Annotated[
        int, typer.Option(min=1, max=MOST_PROCESSES, help="Work with so many.")
    ] = 1,
    json_logs: Annotated[
        bool | None, typer.Option("--json-logs/--plain-logs", help="As JSON without a terminal.")
    ] = None,
) -> None:
    """Takes jobs that `digest run` hands out: pulls, plans and delivers, a shard at a time.

    Any number on any number of machines, with the same settings and keys on PostgreSQL. Ends on
    SIGTERM or Ctrl-C; what is under way gets 40 seconds, the rest goes to others. Ends with 1
    when the database is of another version than this program.

    Example: digest worker --processes 4
    """
    from digest import logs

    logs.configure(json=json_logs)
    with opened(ctx) as app:
        refuse_without_queue(app)
        note(f"Working on {app.address}; Ctrl-C ends it.")
        loop.run(_work(app, processes, json_logs=json_logs))
        say("Stopped as asked.")


def refuse_without_queue(app: App) -> None:
    """Says before anything of the job queue is imported that SQLite has none.

    Raises:
        NoJobQueue: it is SQLite.
    """
    from digest.errors import NoJobQueue

    if app.engine.dialect.name != "postgresql":
        raise NoJobQueue(url=app.address)


async def _work(app: App, processes: int, *, json_logs: bool | None) -> None:
    from digest.workers import crew

    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, stop.set)
    await crew.work(app, processes, stop, json_logs=json_logs)
