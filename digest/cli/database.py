"""`digest database`: its schema, its copies, and what it need not keep."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.acting import acting, noted, tell
from digest.cli.context import Format, FormatOption, opened, settings_of
from digest.cli.output import note, progress, warn

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from collections.abc import Callable

    from digest.upkeep import Keys

app = typer.Typer(help="The database: its schema, its copies, what is kept.", no_args_is_help=True)


@app.command()
def upgrade(ctx: typer.Context, how: FormatOption = Format.TABLE) -> None:
    """Brings the schema up to date, after a new version was installed.

    Stop `digest run` and all workers first: those of the older version refuse the newer schema.

    Example: digest database upgrade
    """
    from digest.app import make_app
    from digest.database import revision
    from digest.database import upgrade as bring_up_to_date
    from digest.link_keys import remember

    opened_app = make_app(settings_of(ctx))
    try:
        engine = opened_app.engine
        with engine.connect() as connection:
            before = revision(connection) or "none"
        bring_up_to_date(engine)
        with engine.connect() as connection:
            after = revision(connection)
        if before != after:  # before, there may have been no audit log
            with noted(opened_app, "database upgrade", detail=f"{before} to {after}"):
                pass
        remember(engine, opened_app.ring)
    finally:
        opened_app.close()
    changed = f"from {before} to {after}" if before != after else f"is up to date: {after}"
    tell(how, f"The schema {changed}.", before=before, after=after)


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a file.")] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Copies the whole database into one file, while everything goes on.

    PostgreSQL needs pg_dump. The keys folder is not in it: copy it, too, or the links in mails
    that were sent are dead after a restore.

    Example: digest database backup paper-digest-2026-08-20.backup
    """
    from digest.upkeep import back_up

    if file.exists() and not force:
        raise typer.BadParameter(f"{file} is there already; --force writes over it")
    with acting(ctx, "database backup", detail=str(file)) as (opened_app, _):
        with progress("Copying pages", None) as advance:
            octets = back_up(opened_app.engine, file.absolute(), _steps(advance))
        keys = opened_app.settings.keys
    note(f"Keep the keys with it: {keys}")
    tell(how, f"{file}: {octets:,} octets.", file=file, octets=octets, keys=keys)


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `digest database backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Also over a database with content, which is lost.")
    ] = False,
    new_keys: Annotated[
        bool, typer.Option("--new-keys", help="The keys are lost: links that were sent are dead.")
    ] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Puts a backup in the place of the database, and brings its schema up to date.

    Copy the keys folder that belongs to it first, and stop `digest run` and all workers.
    PostgreSQL needs pg_restore. Deliveries that were sent after the backup are planned anew where
    their edition is still fresh: see the docs.

    Example: digest database restore paper-digest-2026-08-20.backup
    """
    from digest.app import make_app
    from digest.upkeep import Keys
    from digest.upkeep import restore as put_back

    settings = settings_of(ctx)
    opened_app = make_app(settings)
    try:
        with progress("Copying pages", None) as advance:
            found = put_back(opened_app.engine, file.absolute(), settings.keys, new_keys=new_keys,
                             replace=replace, progress=_steps(advance))  # fmt: skip
        with noted(opened_app, "database restore", detail=str(file)):
            counts = {str(s): n for s, n in opened_app.subscribers.counts().items() if n}
    finally:
        opened_app.close()
    _tell_of_keys(settings.keys, found)
    readers = ", ".join(f"{n} {status}" for status, n in counts.items()) or "none"
    tell(how, f"{file} is restored. Subscribers: {readers}.",
         file=file, subscribers=counts, new_keys=found is Keys.OTHER)  # fmt: skip


def _tell_of_keys(keys: Path, found: Keys) -> None:
    from digest.upkeep import Keys

    if found is Keys.OTHER:
        warn(f"{keys} has other keys than the backup: links in mails that were sent are dead.")
    elif found is Keys.UNKNOWN:
        note(
            f"Links in mails that were sent work if {keys} is the folder of the time of the backup."
        )


@app.command()
def prune(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be deleted.")
    ] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Deletes what is over and older than [keep] says: deliveries, outcomes, papers.

    Never consent, suppressions, likes, what waits, or the ledger's last month.

    Example: digest database prune --dry-run
    """
    from digest import upkeep

    if dry_run:
        with opened(ctx) as opened_app:
            settings, now = opened_app.settings, opened_app.now()
            gone = upkeep.prune(opened_app.engine, settings.keep, now, dry_run=True)
    else:
        with acting(ctx, "database prune") as (opened_app, doing):
            keep, now = opened_app.settings.keep, opened_app.now()
            with progress("Deleting rows", None) as advance:
                gone = upkeep.prune(opened_app.engine, keep, now, progress=advance)
            doing.detail = _said(asdict(gone))
    done = "Would go" if dry_run else "Deleted"
    tell(how, f"{done}: {_said(asdict(gone))}.", dry_run=dry_run, **asdict(gone))


def _said(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing"


def _steps(advance: Callable[[float], None]) -> Callable[[int, int], None]:
    done = 0

    def step(copied: int, _of: int) -> None:
        nonlocal done
        advance(copied - done)
        done = copied

    return step
