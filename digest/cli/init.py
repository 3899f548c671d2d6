"""`digest init`: settings, keys and a database in the current folder."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from digest.cli.acting import noting, tell
from digest.cli.context import Format, FormatOption, Options
from digest.cli.output import note, warn

NEXT = """\
Next:
  digest subscriber add me@example.org --topic "in-context learning"
  digest send"""

UNASKED = """\
nobody was there to be asked: {file} has a mail server on this machine and the sender
digest@localhost where you gave none. Set `address` under [sender] and `host` under [smtp] before
you send to others."""


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(init)


def init(
    ctx: typer.Context,
    address: Annotated[
        str, typer.Option("--from", metavar="ADDRESS", help="Whom the digests are from.")
    ] = "",
    host: Annotated[str, typer.Option("--smtp-host", help="The SMTP server.")] = "",
    port: Annotated[int, typer.Option("--smtp-port", help="465 is TLS from the start.")] = 587,
    user: Annotated[str, typer.Option("--smtp-user", help="Its user; none for a relay.")] = "",
    public_url: Annotated[
        str, typer.Option("--public-url", metavar="URL", help="Where readers reach `digest web`.")
    ] = "",
    postal_address: Annotated[
        str, typer.Option("--postal-address", help="For the footer of every message.")
    ] = "",
    how: FormatOption = Format.TABLE,
) -> None:
    """Writes a commented digest.toml, keys and the database into the current folder.

    Asks for what is missing where a terminal is attached. What is there already stays: run it
    again after an update, and it brings the database up to date.

    Example: digest init --from papers@example.org --smtp-host mail.example.org --smtp-user me
    """
    file = (ctx.ensure_object(Options).config or Path("digest.toml")).resolve()
    if file.exists():
        note(f"{file} is there already and stays as it is.")
    else:
        if sys.stdin.isatty() and not (address and host):
            address = address or typer.prompt("Send digests from", default="digest@localhost")
            host = host or typer.prompt("SMTP server", default="localhost")
            if host != "localhost":
                port = typer.prompt("Port (587 or 465)", default=port, type=int)
                user = user or typer.prompt("User", default=address)
        elif not (address and host):
            warn(UNASKED.format(file=file.name))
        values = (address or "digest@localhost", host or "localhost", port, user)
        _write(file, *values, public_url=public_url, postal_address=postal_address)
        note(f"Wrote {file}")
    address = _prepare(file)
    with noting(ctx, "init"):
        pass
    done = f"Database and keys are ready ({address}).\n{NEXT}"
    tell(how, done, settings=file, database=address)


def _write(
    file: Path, address: str, host: str, port: int, user: str, *, public_url: str,
    postal_address: str,
) -> None:  # fmt: skip
    local = host in ("localhost", "127.0.0.1") and not user
    tls = "none" if local else "implicit" if port == 465 else "starttls"  # RFC 8314's port
    text = Template(files("digest.sample").joinpath("digest.toml").read_text(encoding="utf-8"))
    values: dict[str, object] = {
        "address": address,
        "host": host,
        "port": 25 if local and port == 587 else port,  # a relay on this machine listens there
        "tls": tls,
        "user": user,
        "public_url": public_url,
        "postal_address": postal_address,
    }
    # A JSON string is a TOML string: both escape alike.
    filled = text.substitute({name: json.dumps(value) for name, value in values.items()})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(filled, encoding="utf-8")


def _prepare(file: Path) -> str:
    from digest.app import make_app
    from digest.config import load

    app = make_app(load(file))
    try:
        app.set_up()
        return app.address
    finally:
        app.close()
