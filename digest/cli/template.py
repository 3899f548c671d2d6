"""`digest template`: the templates there are, a copy to start one's own, and their check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.acting import noting, tell
from digest.cli.context import Format, FormatOption, settings_of
from digest.cli.output import note, say, show
from digest.errors import TemplateError

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.rendering import Renderer
    from digest.settings import Settings

FIRST = (
    'First write  templates = "templates"  at the top of digest.toml: without it the folder is not '
    "looked at.\n"
)

app = typer.Typer(help="What mails look like: templates, and ones of your own.")


@app.command("list")
def list_templates(ctx: typer.Context, how: FormatOption = Format.TABLE) -> None:
    """All templates, and where the files of each lie."""
    from digest.rendering.scaffold import FILES
    from digest.rendering.sources import Sources

    settings = settings_of(ctx)
    sources = Sources(settings.templates)
    rows = []
    for name in sources.names():
        paths = [sources.read(f"{name}/{file}").path for file in FILES]
        own = [path for path in paths if _is_own(path, settings)]
        whose = "yours" if len(own) == len(paths) else "yours in part" if own else "the program's"
        rows.append({"template": name, "whose": whose, "folder": paths[1].parent})
    show(rows, how)


@app.command()
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, - and _.")],
    model: Annotated[str, typer.Option("--from", metavar="TEMPLATE", help="What to copy.")] = (
        "daily"
    ),
    how: FormatOption = Format.TABLE,
) -> None:
    """Copies a template into your templates folder, to start one of your own.

    Example: digest template new lab --from brief
    """
    from digest.rendering.scaffold import start_template
    from digest.rendering.sources import Sources

    settings = settings_of(ctx)
    folder = settings.templates or settings.folder / "templates"
    with noting(ctx, "template new", name, f"from {model}"):
        made = start_template(Sources(settings.templates), name, model, folder)
    for path in made if how is Format.TABLE else ():
        say(str(path))
    unset = settings.templates is None
    told = FIRST if unset and how is Format.TABLE else ""
    told += (
        f"Try it: digest template check {name}; digest preview --template {name}. "
        f"Use it: digest subscriber edit EMAIL --template {name}."
    )
    tell(how, told, template=name, files=made)
    if unset and how is Format.JSON:
        note(FIRST.rstrip())


@app.command()
def check(
    ctx: typer.Context,
    templates: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="All without it.")
    ] = None,
    how: FormatOption = Format.TABLE,
) -> None:
    """Compiles templates, fills them with the sample edition and checks the mails they make.

    Every template is checked, though one has failed; an error names file and line. Ends with 1
    where something is to be put right.

    Example: digest template check lab
    """
    from digest import keys
    from digest.rendering import Renderer

    settings = settings_of(ctx)
    renderer = Renderer(settings, keys.links_at_hand(settings.keys))
    chosen = templates or renderer.templates()
    rows = [row for name in chosen for row in _findings(renderer, name)]
    show(rows, how, empty=f"Nothing is wrong with {', '.join(chosen)}.")
    if any(row["severity"] == "error" for row in rows):
        raise typer.Exit(1)


def _findings(renderer: Renderer, name: str) -> Sequence[dict[str, Any]]:
    from digest.rendering.lint import Severity, lint
    from digest.rendering.specimens import specimen

    try:
        found = lint(specimen(renderer, name))
    except TemplateError as error:
        place = f"{error.facts['file']}, line {error.facts['line']}"
        return [_row(name, "error", place, str(error.facts["reason"]), "")]
    return [
        _row(name, one.severity.value, one.place, one.problem, one.remedy)
        for one in found
        if one.severity is not Severity.NOTE
    ]


def _row(name: str, severity: str, place: str, problem: str, remedy: str) -> dict[str, Any]:
    return {
        "template": name,
        "severity": severity,
        "place": place,
        "problem": problem,
        "remedy": remedy,
    }


def _is_own(path: Path, settings: Settings) -> bool:
    return settings.templates is not None and path.is_relative_to(settings.templates)
