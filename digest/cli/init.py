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


#: What a person says, in the place of a user, of a relay that asks for none.
NO_USER = "none"


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(init)


def init(
    ctx: typer.Context,
    address: Annotated[
        str, typer.Option("--from", metavar="ADDRESS", help="Whom the digests are from.")
    ] = "",
    host: Annotated[str, typer.Option("--smtp-host", metavar="HOST", help="The SMTP server.")] = "",
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
        server = Server(address and read_address(address), host and read_host(host), port, user)
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
    address, host, port, user = server
    address = address or typer.prompt(
        "Send digests from", default="digest@localhost", value_proc=read_address
    )
    host = host or typer.prompt("SMTP server", default="localhost", value_proc=read_host)
    if host == "localhost":
        return Server(address, host, port, user)
    port = typer.prompt("Port (587 or 465)", default=port, value_proc=read_port)
    asked = f"User ({NO_USER} for a relay that asks for none)"
    user = user or typer.prompt(asked, default=address).strip()
    return Server(address, host, port, "" if user == NO_USER else user)


def read_address(text: str) -> str:
    """A sender's address as it is written into the settings.

    Raises:
        BadParameter: it is none, or only this machine's network knows its domain.
    """
    from subscribers.address import normalise
    from subscribers.errors import InvalidAddress

    try:
        address = normalise(text)
    except InvalidAddress as error:
        raise typer.BadParameter(str(error)) from None
    domain = address.rpartition("@")[2]
    if "." not in domain and domain != "localhost":
        raise typer.BadParameter(f"{domain} is no domain that a reader's mail server can look up")
    return address


def read_host(text: str) -> str:
    """The name or the number of a server.

    Raises:
        BadParameter: it is neither.
    """
    from digest.hosts import as_host

    try:
        return as_host(text.strip())
    except ValueError:
        told = f"{text.strip()!r} is no name of a server, such as mail.example.org"
        raise typer.BadParameter(told) from None


def read_port(text: str) -> int:
    """The number of a port.

    Raises:
        BadParameter: it is none.
    """
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise typer.BadParameter(f"{text!r} is no port: a number from 1 to 65535")
    return port


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
