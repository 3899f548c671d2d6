"""`digest run`: the schedule, the sender and the site in one process."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from digest import loop
from digest.cli.context import opened
from digest.cli.output import note, say

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.schedule.sharing import Sharing


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(run)


def run(
    ctx: typer.Context,
    site: Annotated[bool, typer.Option("--site/--no-site", help="The readers' pages too.")] = True,
    json_logs: Annotated[
        bool | None, typer.Option("--json-logs/--plain-logs", help="As JSON without a terminal.")
    ] = None,
) -> None:
    """Pulls, settles, plans and delivers, every reader at their own hour; serves the site.

    Ends on SIGTERM or Ctrl-C; what is under way gets 30 seconds. Killed, it loses nothing:
    start it again. Says READY=1 to systemd and answers /health/ready and /metrics.

    Example: digest run
    """
    from digest import logs

    logs.configure(json=json_logs)
    with opened(ctx) as app:
        note(f"Running on {app.address}; Ctrl-C ends it.")
        say(loop.run(_run(app, site=site)))


async def _run(app: App, *, site: bool) -> str:
    from digest.schedule import Service

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return await Service(app, site=site, sharing=_sharing(app)).run(stop)


def _sharing(app: App) -> Sharing | None:
    """On PostgreSQL the work is shared with other machines; SQLite has one."""
    if app.engine.dialect.name != "postgresql":
        return None
    from digest.workers.dispatcher import Dispatcher

    return Dispatcher(app)
