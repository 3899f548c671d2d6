"""`digest preview`: the page that shows what `send` would deliver, or the same as files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.context import DayOption, Format, FormatOption, opened, settings_of
from digest.cli.output import note, print_json, say

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.preview import Choice

ReaderArgument = Annotated[
    str, typer.Argument(metavar="[EMAIL]", help="A subscriber; with --output, all without it.")
]
TemplateOption = Annotated[
    str, typer.Option("--template", metavar="NAME", help="In the place of the reader's own.")
]
TopicsOption = Annotated[
    list[str] | None,
    typer.Option("--topic", metavar="TOPIC", help="In the place of the reader's; repeatable."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Write .eml and .html files there."),
]
PortOption = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Of the page; 0 takes any.")
]
OpenOption = Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")]


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(preview)


def preview(
    ctx: typer.Context,
    email: ReaderArgument = "",
    day: DayOption = None,
    template: TemplateOption = "",
    topic: TopicsOption = None,
    output: OutputOption = None,
    port: PortOption = 0,
    show: OpenOption = True,
    how: FormatOption = Format.TABLE,
) -> None:
    """Shows the messages that `send` would deliver, on a page of this machine; sends nothing.

    The page shows itself again when a template, the settings or a topic changes. --format json
    names the files that --output wrote.

    Example: digest preview reader@example.org --date 2026-08-20
    """
    from digest.preview import Choice

    edition = f"{day}" if day else ""
    typed = "\n".join(text.replace("\n", " ") for text in topic or ())
    choice = Choice(reader=email, topics=typed, edition=edition, template=template)
    with opened(ctx) as app:  # what is wrong now is said here, not in the browser
        if output is not None:
            _write_all(app, choice, output, how)
            return
        if how is Format.JSON:
            raise typer.BadParameter("--format json goes with --output: a page is no JSON")
        if email:
            app.subscribers.get(email)
    _serve(ctx, choice, port, show=show)


def _serve(ctx: typer.Context, choice: Choice, port: int, *, show: bool) -> None:
    from digest.app import make_app
    from digest.preview import Workbench, make_page
    from digest.web.server import serve

    def ready(address: str) -> None:
        url = f"{address}/?{choice.query()}".removesuffix("?")
        say(f"Open {url}")
        note("Ctrl-C ends the preview.")
        if show and sys.stdout.isatty() and _has_desktop():
            typer.launch(url)

    bench = Workbench(lambda: make_app(settings_of(ctx)))
    try:
        with suppress(KeyboardInterrupt):  # the way in which a preview ends
            serve(make_page(bench), "127.0.0.1", port, ready=ready)
    finally:
        bench.close()


def _has_desktop() -> bool:
    """Whether a browser would have a window; a text browser would take over the terminal."""
    named = os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}
    return sys.platform in ("darwin", "win32") or bool(named)


def _write_all(app: App, choice: Choice, folder: Path, how: Format) -> None:
    from digest.preview import NO_EDITION, look, write

    if not choice.edition and app.archive.latest() is None:
        note(NO_EDITION)
    day: date | None = None
    files: list[Path] = []
    for one in _choices(app, choice):
        seen = look(app, one)
        day = seen.edition.date
        if seen.message is not None:
            written = write(seen.message, day, folder)
            files += written
            for path in written if how is Format.TABLE else ():
                say(str(path))
    if how is Format.JSON:
        print_json({"edition": day, "files": files})
    elif day is None:
        say("Nobody receives digests yet: `digest subscriber add`, or --topic for a try.")
    elif not files:
        say(f"Nothing of {day} matches: no digest would be sent.")


def _choices(app: App, choice: Choice) -> Iterator[Choice]:
    if choice.reader or choice.lines:
        yield choice
        return
    for block in app.subscribers.receiving():
        for reader in block:
            yield replace(choice, reader=reader.email)
