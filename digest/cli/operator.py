"""`digest operator`: the password of the operator's page, and who is signed in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from digest.cli.acting import acting, tell
from digest.cli.bounds import LARGEST_ID
from digest.cli.context import Format, FormatOption, opened
from digest.cli.output import show

app = typer.Typer(
    help="The operator's page: its password and sessions.",
    no_args_is_help=True,
)
sessions_app = typer.Typer(help="Who is signed in to the operator's page; ending sessions.")
app.add_typer(sessions_app, name="sessions")


@app.command()
def password(
    ctx: typer.Context,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read it from standard input, for scripts.")
    ] = False,
    off: Annotated[
        bool, typer.Option("--off", help="Take it away: there is no operator's page then.")
    ] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Sets the password of the operator's page, which is off without one; ends all sessions.

    Example: digest operator password
    """
    if stdin and off:
        raise typer.BadParameter("--stdin and --off say the contrary")
    from digest.signin import SignIn

    wanted = "" if off else _asked(stdin=stdin)
    with acting(ctx, "operator password") as (found, doing):
        doing.detail = "off" if off else "set"
        if off:
            SignIn(found.engine).turn_off()
        else:
            SignIn(found.engine).set_password(wanted, found.now())
        place = f"{found.settings.sender.public_url}/operator"
    on = f"The password is set and all sessions are ended. The page is at {place}"
    tell(how, "The operator's page is off." if off else on, on=not off)


@sessions_app.callback(invoke_without_command=True)
def sessions(ctx: typer.Context, how: FormatOption = Format.TABLE) -> None:
    """Lists who is signed in to the operator's page.

    Example: digest operator sessions
    """
    if ctx.invoked_subcommand is not None:
        return
    from digest.signin import SignIn

    with opened(ctx) as found:
        rows = [
            {"id": one.id, "since": one.began_at, "last page": one.seen_at,
             "from": one.network, "browser": one.browser}
            for one in SignIn(found.engine).sessions(found.now())
        ]  # fmt: skip
    show(rows, how, empty="Nobody is signed in.")


@sessions_app.command()
def revoke(
    ctx: typer.Context,
    number: Annotated[
        int | None,
        typer.Argument(
            metavar="[ID]", min=1, max=LARGEST_ID, help="As `digest operator sessions` shows."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Ends a session of the operator's page, or all: its next page asks for the password.

    Example: digest operator sessions revoke 3
    """
    from digest.errors import UnknownSession
    from digest.signin import SignIn

    if every == (number is not None):
        raise typer.BadParameter("say which: an id, or --all")
    named = "all" if number is None else str(number)
    with acting(ctx, "operator sessions revoke", detail=named) as (found, _):
        ended = SignIn(found.engine).end(number)
        if number is not None and not ended:
            raise UnknownSession(number=number)
    tell(how, f"{ended} {'session' if ended == 1 else 'sessions'} ended.", ended=ended)


def _asked(*, stdin: bool) -> str:
    """The new password: one line of standard input, or typed twice and never shown."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody can type it here: --stdin reads it from standard input")
    typed: str = typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
