"""`digest send` and `digest status`."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.context import DayOption, Format, FormatOption, opened
from digest.cli.output import err, note, print_json, progress, say, show, warn
from digest.model import EditionState
from subscribers.model import Subscriber

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.delivery import Report
    from digest.publish import Prepared

LEFT_FOR_A_RETRY = 3
WATCH_SECONDS = 0.5


def register(app: typer.Typer) -> None:
    """Mounts the commands."""
    app.command()(send)
    app.command()(status)


def parse_wait(text: str) -> timedelta:
    """A span as people write it: `90s`, `20m`, `2h`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text.strip())
    if not found:
        raise typer.BadParameter(f"{text!r} is not a span of time: write 90s, 20m or 2h")
    unit = {"s": "seconds", "m": "minutes", "h": "hours"}[found[2]]
    return timedelta(**{unit: float(found[1])})


def send(
    ctx: typer.Context,
    day: DayOption = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="EMAIL", help="Only to these readers.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent; write and send nothing.")
    ] = False,
    wait: Annotated[
        str, typer.Option(metavar="SPAN", help="Retry deferred ones for so long: 90s, 20m, 2h.")
    ] = "20m",
    pull: Annotated[
        bool, typer.Option("--pull/--no-pull", help="Ask the sources first (without --date).")
    ] = True,
    how: FormatOption = Format.TABLE,
) -> None:
    """Sends an edition to everybody whose topics it matches, each reader once.

    Without --date the sources are asked and the newest complete edition is sent. Running it
    again sends nothing again; what an earlier run left is taken first.

    Ends with 3 when deliveries are left for a later retry.

    Example: digest send --date 2026-08-20 --to reader@example.org
    """
    span = parse_wait(wait)
    with opened(ctx) as app:
        readers = [app.subscribers.get(email) for email in to] if to else None
        chosen = day or _newest(app, ask=pull)
        prepared = app.publisher.prepare(chosen, to=readers, dry_run=dry_run) if chosen else None
        if prepared and dry_run:
            _show_selection(prepared, how)
            return
        report = asyncio.run(_deliver(app, span, readers))
        _tell(prepared, report, how)
    if report.failed or report.bounced:
        raise typer.Exit(1)
    if report.waiting:
        raise typer.Exit(LEFT_FOR_A_RETRY)


def status(ctx: typer.Context, how: FormatOption = Format.TABLE) -> None:
    """What is archived, who receives, and what became of the deliveries."""
    with opened(ctx) as app:
        latest = app.archive.latest()
        facts: dict[str, Any] = {
            "database": app.address,
            "latest_edition": latest,
            "subscribers": {str(k): n for k, n in app.subscribers.counts().items()},
            "deliveries": {str(k): n for k, n in app.outbox.counts().items()},
        }
    if how is Format.JSON:
        print_json(facts)
        return
    say(f"Database         {facts['database']}")
    say(f"Latest edition   {latest or 'none yet; `digest pull` asks the sources'}")
    say(f"Subscribers      {_listed(facts['subscribers'])}")
    say(f"Deliveries       {_listed(facts['deliveries']) or 'none yet'}")


def _newest(app: App, *, ask: bool) -> date | None:
    """The newest complete edition, after asking the sources of late."""
    if ask:
        from digest.publish import recent_days

        pulled = asyncio.run(app.pull(recent_days(app.now().date())))
        for answer in pulled:
            if answer.failed:
                warn(answer.reason)
    rows = [row for row in app.archive.list() if row.papers]
    complete = [row.date for row in rows if row.state is EditionState.SETTLED]
    return max(complete or [row.date for row in rows], default=None)


async def _deliver(app: App, wait: timedelta, readers: Sequence[Subscriber] | None) -> Report:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    only = [reader.id for reader in readers] if readers is not None else None
    sending = asyncio.create_task(app.deliver(wait=wait, stop=stop, only=only))
    watching = asyncio.create_task(_watch(app, only))
    try:
        return await sending
    finally:
        watching.cancel()


async def _watch(app: App, only: Sequence[int] | None) -> None:
    """A bar of what has ended, for a person at a terminal."""
    if not err.is_terminal:
        return
    left = total = await asyncio.to_thread(app.outbox.waiting, only)
    with progress("sending", total) as advance:
        while left:
            await asyncio.sleep(WATCH_SECONDS)
            now = await asyncio.to_thread(app.outbox.waiting, only)
            advance(left - now)
            left = now


def _tell(prepared: Prepared | None, report: Report, how: Format) -> None:
    if how is Format.JSON:
        print_json({"edition": prepared and prepared.edition.date, "report": report})
        return
    if prepared:
        edition = prepared.edition
        note(f"Edition {edition.date}: {len(edition.papers)} papers ({edition.state}).")
        if edition.reason:
            note(edition.reason)
    else:
        say("No edition is archived yet: nothing to send. `digest pull` asks the sources.")
    say(f"{report}".rstrip(".") + ".")
    if prepared and prepared.nothing:
        say(f"{prepared.nothing} without mail: none of their topics matched.")
    if prepared and prepared.already:
        say(f"{prepared.already} had this edition before.")


def _show_selection(prepared: Prepared, how: Format) -> None:
    from digest import words

    english = words.load("en")
    rows = [
        {
            "to": digest.subscriber.email,
            "papers": len(digest.entries),
            "selection": [f"{e.paper.title} ({english.reason(e.reason)})" for e in digest.entries],
        }
        for digest in prepared.digests
    ]
    show(rows, how, empty="Nobody receives digests yet: `digest subscriber add`.")
    if how is Format.TABLE:
        say(f"Dry run of {prepared.edition.date}: nothing was written, nothing sent.")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"
