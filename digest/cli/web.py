"""`digest web`: the readers' pages."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli.context import opened
from digest.cli.output import say, warn


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(web)


def web(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="0 takes any free one.")
    ] = None,
) -> None:
    """Serves the readers' pages: subscribe, preferences, unsubscribe, archive, feeds.

    Put a server with TLS in front, name its address as `public_url` in digest.toml, and name
    that server as `proxies` under web, so that limits count readers and not it.

    Example: digest web --port 8750
    """
    from digest.web import make_site
    from digest.web.server import serve

    with opened(ctx) as app:
        settings = app.settings.web
        if not app.settings.sender.public_url:
            warn("public_url is not set: mails hold no link to these pages.")
        address = host or settings.host, settings.port if port is None else port
        serve(
            make_site(app),
            *address,
            proxies=settings.proxies,
            ready=lambda url: say(f"Readers' pages at {url} (Ctrl+C ends)"),
        )
    say("The readers' pages are closed.")
