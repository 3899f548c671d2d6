"""`digest pull` and `digest edition`: the day's papers, and the archive of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.acting import acting
from digest.cli.bounds import MOST_DAYS
from digest.cli.context import DayOption, Format, FormatOption, opened, parse_day
from digest.cli.output import print_json, progress, retries_told, say, show, warn

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.archive import DateRow
    from digest.model import Paper

edition_app = typer.Typer(help="The archive of editions.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Mounts the commands."""
    app.command()(pull)
    app.add_typer(edition_app, name="edition")


def pull(
    ctx: typer.Context,
    day: DayOption = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=MOST_DAYS, help="So many days up to that day.")
    ] = 1,
    how: FormatOption = Format.TABLE,
) -> None:
    """Asks the sources for the papers of today, of a day, or of many days.

    A source that fails leaves what the archive holds as it is.

    Example: digest pull --days 90
    """
    with acting(ctx, "pull") as (app, doing):
        last = day or app.now().date()
        wanted = [last - timedelta(days=back) for back in range(days)]
        doing.detail = f"{wanted[-1]} to {last}"
        total = len(wanted) * len(app.settings.sources)
        with retries_told(), progress("pulling", total) as advance:
            pulled = asyncio.run(app.pull(wanted, done=lambda _: advance(1)))
    rows = [
        {"date": p.date, "source": p.source, "state": p.state, "papers": p.papers, "new": p.new,
         "reason": p.reason}
        for p in sorted(pulled, key=lambda p: (p.date, p.source))
    ]  # fmt: skip
    if how is Format.TABLE:
        rows = _empty_together(sorted(rows, key=lambda row: str(row["source"])))
    show(rows, how)
    new = sum(p.new for p in pulled)
    failed = [p for p in pulled if p.failed]
    if how is Format.TABLE:
        say(f"{new} new {_papers(new)} of {len(wanted)} {'day' if len(wanted) == 1 else 'days'}.")
    if failed:
        warn(f"{len(failed)} of {len(pulled)} answers failed; what was archived stays.")
        raise typer.Exit(1)


@edition_app.command("list")
def list_editions(
    ctx: typer.Context,
    since: Annotated[
        date | None,
        typer.Option("--date", "-d", metavar="DAY", parser=parse_day, help="From that day on."),
    ] = None,
    how: FormatOption = Format.TABLE,
) -> None:
    """Every archived day, with its state and how many papers it holds.

    Days in a row that are empty for the same reason share a line; in JSON each has its own.

    Example: digest edition list --date 2026-08-20
    """
    with opened(ctx) as app:
        rows = [_edition_row(row) for row in app.archive.list(since=since)]
    rows = _empty_together(rows) if how is Format.TABLE else rows
    show(rows, how, empty="No edition is archived yet. `digest pull` asks the sources.")


@edition_app.command("show")
def show_edition(
    ctx: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DAY", help="As 2026-08-20.")],
    how: FormatOption = Format.TABLE,
) -> None:
    """The papers of a day.

    Example: digest edition show 2026-08-20
    """
    with opened(ctx) as app:
        edition = app.publisher.edition(parse_day(day))
    if how is Format.JSON:
        print_json(edition)
        return
    say(f"{edition.date}, {edition.state}, {len(edition.papers)} {_papers(len(edition.papers))}")
    rows: list[dict[str, Any]] = [
        {"votes": p.upvotes, "trend": _trend(p), "title": p.title, "key": p.key}
        for p in edition.papers
    ]
    show(rows, how, empty=edition.reason or "It holds no paper.")


@edition_app.command("import")
def import_files(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files or folders.")],
    how: FormatOption = Format.TABLE,
) -> None:
    """Archives the days of stored files: API answers, JSON Lines, a saved page.

    All files or none: if one is broken, it and the place are named and nothing is changed.

    Example: digest edition import days/ daily-papers-page.txt
    """
    from digest.sources.files import listed, read

    files = listed(paths)
    with (
        acting(ctx, "edition import", detail=f"{len(files)} files") as (app, _),
        progress("reading", len(files)) as advance,
    ):
        answers = []
        for file in files:
            answers += read(file)
            advance(1)
        stored = app.archive.store(answers)
    if how is Format.JSON:
        print_json(stored)
        return
    say(
        f"{len(files)} {'file' if len(files) == 1 else 'files'}, {len(answers)} "
        f"{'day' if len(answers) == 1 else 'days'}: {stored.new} new {_papers(stored.new)}, "
        f"{stored.updated} updated, {stored.unchanged} unchanged."
    )


def _empty_together(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, those of empty days that follow each other and are alike in one."""
    told: list[dict[str, Any]] = []
    for alike, group in groupby(rows, _kept_apart):
        found = list(group)
        if alike is None or len(found) == 1:
            told += found
            continue
        first, last = sorted((found[0]["date"], found[-1]["date"]))
        reason = f"{len(found)} days: {found[0]['reason'] or 'nothing'}"
        told.append(found[0] | {"date": f"{first} to {last}", "reason": reason})
    return told


def _kept_apart(row: dict[str, Any]) -> dict[str, Any] | None:
    """All but the day of an empty row; None for one that stands alone."""
    from digest.model import EditionState

    if row["state"] != EditionState.EMPTY:
        return None
    return {name: value for name, value in row.items() if name != "date"}


def _edition_row(row: DateRow) -> dict[str, Any]:
    sources = [
        {"source": own.source, "state": own.standing.state, "papers": own.standing.papers}
        for own in row.sources
    ]
    return {
        "date": row.date,
        "state": row.state,
        "papers": row.papers,
        "reason": row.reason,
        "sources": sources,
    }


def _trend(paper: Paper) -> str:
    """How votes were seen to grow: `+30 in 24 h`."""
    return f"+{paper.trend.gained} in {paper.trend.hours} h" if paper.trend else ""


def _papers(count: int) -> str:
    return "paper" if count == 1 else "papers"
