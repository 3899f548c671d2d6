"""`digest audit`: what the operator did."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli.bounds import MOST
from digest.cli.context import Format, FormatOption, opened
from digest.cli.output import print_json, show


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(audit)


def audit(
    ctx: typer.Context,
    email: Annotated[
        str, typer.Argument(metavar="[EMAIL]", help="Only what was done to this subscriber.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many.")] = 50,
    how: FormatOption = Format.TABLE,
) -> None:
    """The audit log: who changed what, when, on whom, the latest first.

    Example: digest audit reader@example.org
    """
    with opened(ctx) as app:
        number = app.subscribers.get(email).id if email else None
        found = app.audit.list(limit=limit, subscriber_id=number)
    if how is Format.JSON:
        print_json(found)
        return
    rows = [
        {"at": act.at, "who": f"{act.who} ({act.place})", "what": act.action, "on": act.subject,
         "detail": act.detail, "outcome": act.outcome or "did not end"}
        for act in found
    ]  # fmt: skip
    show(rows, how, empty="The operator has changed nothing yet.")
