"""`digest subscriber import` and `export`: everybody at once, as CSV."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest import private
from digest.cli.acting import acting, tell
from digest.cli.choices import AtHour, InTemplate, InZone, OnDays, Topics
from digest.cli.context import Format, FormatOption
from digest.cli.output import counted, fail, note, print_json, progress, say
from digest.cli.subscriber import checked, known_template
from subscribers.model import Cadence, Schedule, Subscriber, SubscriptionStatus

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from subscribers.transfer import BadLine, Fate, Reading


ConfirmOption = Annotated[
    bool, typer.Option("--confirm", help="Ask everybody first, by a mail with a link.")
]
UpdateOption = Annotated[
    bool, typer.Option("--update", help="Who is known takes over the file's choices.")
]
SkipOption = Annotated[
    bool, typer.Option("--skip-bad", help="Take the good lines though some are bad.")
]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Try all of it, write nothing.")]


def register(app: typer.Typer) -> None:
    """Mounts the commands."""
    app.command("import")(import_csv)
    app.command("export")(export_csv)


def import_csv(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV, UTF-8.")
    ],
    topic: Topics = None,
    cadence: OnDays = Cadence.WEEKDAYS,
    hour: AtHour = 8,
    timezone: InZone = "UTC",
    template: InTemplate = "daily",
    confirm: ConfirmOption = False,
    update: UpdateOption = False,
    skip_bad: SkipOption = False,
    dry_run: DryOption = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Takes subscribers from CSV: an export of ours, of listmonk or Mailchimp, or any with email.

    All lines or none, unless --skip-bad. Whoever is suppressed here, left or was erased stays
    so; a file can end a subscription, never revive one. What a line does not say, the options
    do. Run it with --dry-run first.

    Example: digest subscriber import subscribers.csv --topic "in-context learning" --dry-run
    """
    schedule = Schedule(cadence=cadence, hour=hour, timezone=timezone)
    with acting(ctx, "subscriber import", detail=f"{file.name}{', dry run' * dry_run}") as (
        app,
        doing,
    ):
        reading = _read(app, file, _default(app, topic, schedule, template), ask=confirm)
        refused = bool(reading.bad) and not skip_bad
        fates = Counter() if refused else _load(app, reading, update=update, dry_run=dry_run)
        if confirm and not dry_run and not refused:
            _ask(app, reading)
        doing.detail += f": {counted(len(reading.good), 'good line')}, {len(reading.bad)} bad"
        doing.detail += ", refused" if refused else f"; {_counted(fates)}"
    _tell(reading, fates, how, refused=refused, dry_run=dry_run)
    if refused:
        raise typer.Exit(1)


def _default(app: App, topic: list[str] | None, schedule: Schedule, template: str) -> Subscriber:
    """What holds for a line that does not say."""
    return Subscriber(
        email="",
        topics=tuple(checked(text) for text in topic or []),
        schedule=schedule,
        template=known_template(app, template),
        locale=app.settings.locale,
    )


def export_csv(
    ctx: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A new file.")
    ] = None,
    status: Annotated[SubscriptionStatus | None, typer.Option(help="Only these.")] = None,
    how: FormatOption = Format.TABLE,
) -> None:
    """Writes subscribers as CSV, with all that they chose and agreed to; an import takes it back.

    On standard output without --output; --format json then says nothing of its own. The file
    can be read by you alone: it holds everybody's address.

    Example: digest subscriber export --output subscribers.csv
    """
    from subscribers.transfer import write

    with acting(ctx, "subscriber export") as (app, doing):
        total = sum(app.subscribers.counts().values())
        with progress("writing", total) as advance:
            if output is None:
                text = io.StringIO(newline="")
                count = write(app.engine, app.ring, text, status=status, done=advance)
                sys.stdout.write(text.getvalue())
            else:
                with _private(output) as file:
                    count = write(app.engine, app.ring, file, status=status, done=advance)
        doing.detail = counted(count, "subscriber")
    if output is not None:
        tell(how, f"{output} holds {counted(count, 'subscriber')}.", subscribers=count, file=output)


def _read(app: App, file: Path, default: Subscriber, *, ask: bool) -> Reading:
    from subscribers.transfer import Reader

    renderer = app.renderer
    templates = frozenset(renderer.templates())
    data = file.read_bytes()
    reader = Reader(default, app.now(), ask=ask, templates=templates)
    with progress("reading", data.count(b"\n")) as advance:
        return reader.read(data, file.name, advance)


def _load(app: App, reading: Reading, *, update: bool, dry_run: bool) -> Counter[Fate]:
    from subscribers.transfer import Loader

    loader = Loader(app.engine, app.ring, app.now(), update=update)
    with progress("writing", len(reading.good)) as advance:
        return loader.load(reading.good, dry_run=dry_run, done=advance)


def _ask(app: App, reading: Reading) -> None:
    """Plans a mail to everybody who is unconfirmed now."""
    with progress("asking", len(reading.good)) as advance:
        for one in reading.good:
            stored = app.subscribers.get(one.subscriber.email)
            if stored.status is SubscriptionStatus.UNCONFIRMED:
                app.ask_to_confirm(stored)
            advance(1)


def _private(path: Path) -> io.TextIOWrapper:
    try:
        handle = private.create(path)
    except FileExistsError:
        raise typer.BadParameter(f"{path} exists already and is not written over") from None
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from None
    return open(handle, "w", encoding="utf-8", newline="")  # noqa: PTH123  # a descriptor, no path


def _tell(
    reading: Reading, fates: Counter[Fate], how: Format, *, refused: bool, dry_run: bool
) -> None:
    if how is Format.JSON:
        print_json(
            {"format": reading.format, "good": len(reading.good), "bad": reading.bad,
             "unused_columns": reading.unused, "written": not (refused or dry_run),
             "outcome": {fate.name.lower(): count for fate, count in fates.items()}}
        )  # fmt: skip
        return
    if reading.unused:
        note(f"Columns that say nothing here: {', '.join(reading.unused)}")
    _tell_bad(reading.bad)
    if refused:
        fail(
            f"{counted(len(reading.bad), 'bad line')} of {len(reading.good) + len(reading.bad)}, "
            "so nothing is changed. Put right what is named, or take the others with --skip-bad."
        )
        return
    say(f"{counted(len(reading.good), 'line')} of a {reading.format} file:")
    for count, fate in _told(fates):
        say(f"{count:>8}  {fate}")
    if reading.bad:
        say(f"{counted(len(reading.bad), 'bad line')} left out.")
    if dry_run:
        say("Dry run: nothing is changed.")


def _tell_bad(bad: Sequence[BadLine]) -> None:
    for line in bad:
        fail(f"line {line.line}: {line.reason}")


def _counted(fates: Counter[Fate]) -> str:
    return "; ".join(f"{count} {fate}" for count, fate in _told(fates))


def _told(fates: Counter[Fate]) -> list[tuple[int, str]]:
    """How many lines had which fate, the most first."""
    return [(count, str(fate)) for fate, count in fates.most_common()] or [(0, "nobody")]
