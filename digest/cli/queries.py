"""Topics as arguments of commands: one that begins with a hyphen is no option."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli.helping import Command

QueryArgument = Annotated[
    str, typer.Argument(metavar="QUERY", help="In quotes, as in 'RL -survey'.")
]


_GUARD = "\ue000"  # of the private use area: no query begins with it


class QueryCommand(Command):
    """A command whose arguments may be `-survey`, which the topic language explains better.

    So an option of one letter stands apart from its value: `-f json`.
    """

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # Typer's own context
        """Reads the arguments; what looks like several options of one letter is a query."""
        rest = super().parse_args(ctx, [_guarded(argument) for argument in args])
        ctx.params = {name: _bare(value) for name, value in ctx.params.items()}
        return rest


def _guarded(argument: str) -> str:
    looks_so = argument[:1] == "-" and len(argument) > 2 and argument[1] != "-"
    return _GUARD + argument if looks_so else argument


def _bare(value: object) -> object:
    if isinstance(value, str) and value.startswith(_GUARD):
        return value[len(_GUARD) :]
    return value  # also a text that is a choice: it stays what it is
