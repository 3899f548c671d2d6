"""`digest init`: settings, keys and a database in the current folder."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, NamedTuple

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
    port: Annotated[
        int, typer.Option("--smtp-port", min=1, max=65535, help="465 is TLS from the start.")
    ] = 587,
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
        server = Server(address, host, port, user)
        if not (address and host):
            server = _asked(server) if sys.stdin.isatty() else _assumed(server, file)
        _write(file, *server, public_url=public_url, postal_address=postal_address)
        note(f"Wrote {file}")
    address = _prepare(file)
    with noting(ctx, "init"):
        pass
    done = f"Database and keys are ready ({address}).\n{NEXT}"
    tell(how, done, settings=file, database=address)


class Server(NamedTuple):
    """Whom digests are from, and the SMTP server that takes them."""

    address: str
    host: str
    port: int
    user: str


def _asked(server: Server) -> Server:
    """With what is missing typed at the terminal."""
    address = server.address or typer.prompt("Send digests from", default="digest@localhost")
    host = server.host or typer.prompt("SMTP server", default="localhost")
    if host == "localhost":
        return Server(address, host, server.port, server.user)
    port = typer.prompt("Port (587 or 465)", default=server.port, type=int)
    return Server(address, host, port, server.user or typer.prompt("User", default=address))


def _assumed(server: Server, file: Path) -> Server:
    """With this machine where nothing is said, which a warning tells."""
    warn(UNASKED.format(file=file.name))
    return server._replace(
        address=server.address or "digest@localhost", host=server.host or "localhost"
    )


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
