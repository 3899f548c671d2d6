"""How `--help` reads: paragraphs as wide as the terminal, words in brackets as they are written."""

from __future__ import annotations

import re
from typing import Any

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup, TyperOption

_BREAK = re.compile(r"\n(?=\S)")  # in the source; an indented line keeps its own


def readable(text: str) -> str:
    """A help text for Rich: paragraphs without the source's line breaks, `[smtp]` no markup."""
    paragraphs = (_BREAK.sub(" ", paragraph) for paragraph in text.split("\n\n"))
    return escape("\n\n".join(paragraphs))


class _Readable:
    """A command or a group whose help is `readable`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Typer's, handed on
        super().__init__(*args, **kwargs)
        for told in (self, *getattr(self, "params", ())):
            if text := getattr(told, "help", None):
                told.help = readable(text)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  # Typer's own click
        """Prints the help; a flag shows no type, since it takes no value."""
        for option in self.get_params(ctx):  # type: ignore[attr-defined]  # of what it is mixed into
            if isinstance(option, TyperOption) and option.is_flag and option.metavar is None:
                option.metavar = ""
        super().format_help(ctx, formatter)  # type: ignore[misc]  # of what it is mixed into


class Command(_Readable, TyperCommand):
    """A command with a help that is `readable`."""


class Group(_Readable, TyperGroup):
    """A group with a help that is `readable`."""


def make_readable(app: typer.Typer) -> None:
    """Gives all commands of an application, and of its groups, a help that is `readable`."""
    app.info.cls = Group
    for command in app.registered_commands:
        if not issubclass(command.cls or TyperCommand, Command):  # one of its own kind stays
            command.cls = Command
    for group in app.registered_groups:
        group.cls = Group
        if group.typer_instance is not None:
            make_readable(group.typer_instance)
