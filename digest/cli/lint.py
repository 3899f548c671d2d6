"""`digest lint`: what may go wrong with the messages of this installation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from digest.cli.context import Format, FormatOption, settings_of
from digest.cli.output import say, show


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(lint)


def lint(
    ctx: typer.Context,
    templates: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEMPLATE]...", help="Such as daily; all without it."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on warnings too, not only on errors.")
    ] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Show what is only good to know.")] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Checks every template, filled with the sample edition under this installation's settings.

    Size, links, alt texts, contrast in both schemes, headings, what mail clients ignore,
    header rules, the text part and the words that filters dislike.

    Example: digest lint --strict
    """
    from digest import keys
    from digest.rendering import Renderer
    from digest.rendering.lint import Severity, lint
    from digest.rendering.specimens import specimen

    settings = settings_of(ctx)
    renderer = Renderer(settings, keys.links_at_hand(settings.keys))
    chosen = templates or renderer.templates()
    findings = [(name, found) for name in chosen for found in lint(specimen(renderer, name))]
    told = notes or how is Format.JSON
    shown = [(name, found) for name, found in findings if told or found.severity != Severity.NOTE]
    rows = [{"template": name, **asdict(found)} for name, found in shown]
    show(rows, how, empty=f"Nothing is wrong with {', '.join(chosen)}.")
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    count = sum(found.severity in failing for _, found in findings)
    if count:
        if how is Format.TABLE:
            say(f"{count} to be put right.")
        raise typer.Exit(1)
