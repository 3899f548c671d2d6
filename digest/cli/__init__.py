"""The `digest` command: thin over `digest.app`.

Exit codes: 0 done (or nothing to do, and why), 1 failed, 2 wrong use, 3 some deliveries are
left for a retry.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from digest import __version__
from digest.cli import (
    audit,
    database,
    demo,
    doctor,
    editions,
    feedback,
    init,
    jobs,
    keys,
    lint,
    operator,
    outbox,
    preview,
    run,
    sending,
    status,
    steering,
    subscriber,
    subscriber_csv,
    subscriber_edit,
    subscriber_history,
    template,
    topic,
    web,
    worker,
)
from digest.cli.context import Options
from digest.cli.helping import make_readable
from digest.cli.output import fail
from subscribers.errors import PaperDigestError

DEBUG_VARIABLE = "DIGEST_DEBUG"

app = typer.Typer(
    name="digest",
    help="The day's trending research papers by email, each reader getting their own topics.",
    epilog="Try it: digest demo. For yourself: digest init, digest subscriber add, digest send.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # Typer calls it with the flag's value
    if wanted:
        typer.echo(f"Paper Digest {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", metavar="FILE", help="Settings; ./digest.toml without it."),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show it and end."),
    ] = False,
) -> None:
    ctx.obj = Options(config=config)


demo.register(app)
doctor.register(app)
init.register(app)
web.register(app)
editions.register(app)
preview.register(app)
lint.register(app)
sending.register(app)
run.register(app)
worker.register(app)
status.register(app)
audit.register(app)
app.add_typer(outbox.app, name="outbox")
app.add_typer(jobs.app, name="jobs")
app.add_typer(database.app, name="database")
app.add_typer(keys.app, name="keys")
app.add_typer(operator.app, name="operator")
for part in (subscriber_edit, steering, subscriber_history, subscriber_csv, feedback):
    part.register(subscriber.app)
app.add_typer(subscriber.app, name="subscriber")
app.add_typer(template.app, name="template")
app.add_typer(topic.app, name="topic")
make_readable(app)


def main() -> None:
    """Runs the command; whatever goes wrong is said in words, never as a traceback.

    `DIGEST_DEBUG=1` shows the traceback, for a report.
    """
    try:
        app()
    except PaperDigestError as error:
        _show_traceback()
        fail(str(error))
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001  # the last line before the user
        _show_traceback()
        fail(_unexpected(error))
        sys.exit(1)


def _unexpected(error: Exception) -> str:
    """What to say of an error that is not of our tree."""
    if type(error).__module__.startswith("sqlalchemy."):  # not imported for what needs no database
        cause = " ".join(str(getattr(error, "orig", None) or error).split())[:500]
        return f"The database failed: {cause}. What was committed before stands."
    words = " ".join(str(error).split())[:500]
    return (
        f"Something went wrong that Paper Digest did not expect: {type(error).__name__}: {words}\n"
        f"{DEBUG_VARIABLE}=1 shows where; please report it."
    )


def _show_traceback() -> None:
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        traceback.print_exc()
