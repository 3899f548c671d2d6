"""`digest subscriber pause`, `resume`, `suppress` and `unsuppress`."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli.acting import acting, tell
from digest.cli.context import Format, FormatOption
from digest.cli.subscriber import Address, given
from subscribers.consent import Action
from subscribers.errors import UnknownSubscriber
from subscribers.model import SuppressionReason


def register(app: typer.Typer) -> None:
    """Mounts the commands."""
    for command in (pause, resume, suppress, unsuppress):
        app.command()(command)


def pause(ctx: typer.Context, email: Address, how: FormatOption = Format.TABLE) -> None:
    """Sends a subscriber nothing until they, or you, resume.

    Example: digest subscriber pause reader@example.org
    """
    _move(ctx, email, Action.PAUSE, "gets no digest until they or you resume", how)


def resume(ctx: typer.Context, email: Address, how: FormatOption = Format.TABLE) -> None:
    """Sends a paused subscriber digests again.

    Example: digest subscriber resume reader@example.org
    """
    _move(ctx, email, Action.RESUME, "gets digests again", how)


def suppress(
    ctx: typer.Context,
    email: Address,
    why: Annotated[str, typer.Option("--why", help="For whoever asks later.")] = "",
    how: FormatOption = Format.TABLE,
) -> None:
    """Sends nothing to an address from now on, a subscriber's or not, whoever asks.

    Example: digest subscriber suppress reader@example.org --why "asked by telephone"
    """
    with acting(ctx, "subscriber suppress", email, why) as (app, _):
        app.subscribers.suppress(email, SuppressionReason.OPERATOR, app.now(), why)
        found = app.subscribers.suppression(email)
    tell(
        how,
        f"Nothing is sent to {email} from now on. `digest subscriber unsuppress` takes it back.",
        email=email,
        suppression=found,
    )


def unsuppress(
    ctx: typer.Context,
    email: Address,
    force: Annotated[
        bool,
        typer.Option("--force", help="Even where the person complained, or had themselves erased."),
    ] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Lets mail go to an address again; its soft bounces are forgotten, too.

    What a person themselves wanted, by a complaint or an erasure, is taken back with --force
    alone: only they can ask you for it.

    Example: digest subscriber unsuppress reader@example.org
    """
    with acting(ctx, "subscriber unsuppress", email) as (app, doing):
        found = app.subscribers.suppression(email)
        theirs = found and found.reason in (SuppressionReason.COMPLAINT, SuppressionReason.ERASED)
        if found and theirs and not force:
            raise typer.BadParameter(
                f"{email} is suppressed by the person's own will ({found.reason}, since "
                f"{found.at:%Y-%m-%d}): --force if they asked you to write again"
            )
        doing.detail = f"was: {found.reason} since {found.at:%Y-%m-%d}" if found else "was not"
        app.subscribers.unsuppress(email)
        try:
            status = app.subscribers.get(email).status
        except UnknownSubscriber:
            status = None
    was = f"was suppressed ({found.reason}) and is not any more" if found else "was not suppressed"
    tell(how, f"{email} {was}.", email=email, was=found, status=status)


def _move(ctx: typer.Context, email: str, action: Action, told: str, how: Format) -> None:
    with acting(ctx, f"subscriber {action}", email) as (app, _):
        found = app.subscribers.get(email)
        after = app.subscribers.change(found.id, given(action, app.now()))
    tell(how, f"{after.email} {told}.", email=after.email, status=after.status)
