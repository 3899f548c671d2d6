"""`digest demo`: sample digests in an inbox page, with no account, server or network."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.context import Format, FormatOption
from digest.cli.output import note, print_json, say
from subscribers.model import Topic

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.demo import Delivered
    from digest.inbox import Inbox
    from digest.model import Digest


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Deliver, then end.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Write the messages there."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Of the inbox page; 0 takes any.")
    ] = 0,
    how: FormatOption = Format.TABLE,
) -> None:
    """Delivers a sample edition of real papers to six readers, and shows the inbox.

    Needs no account, no server and no network. Ends by itself where no terminal is attached;
    otherwise the inbox page and the readers' pages, to which the mails' links lead, stay until
    Ctrl-C. With --format json it ends at once.

    Example: digest demo --once --output mails
    """
    stay = not once and how is Format.TABLE and sys.stdin.isatty() and sys.stdout.isatty()
    with tempfile.TemporaryDirectory(prefix="paper-digest-demo-") as folder:
        try:
            asyncio.run(_run(Path(folder), output, port, how, stay=stay))
        except KeyboardInterrupt:
            say("The inbox is closed; nothing of the demo stays.")


async def _run(folder: Path, output: Path | None, port: int, how: Format, *, stay: bool) -> None:
    from digest import demo as path

    note("Delivering the sample edition over SMTP …")
    async with path.inbox(port) as box:
        if stay:
            async with path.served(folder, box) as delivered:
                await _report(delivered, box, output)
                say(f"\nOpen {box.url} to read them. Their links lead to the readers' pages at")
                say(f"{delivered.address}, and what you do there is mailed into the inbox.")
                say("Ctrl-C ends the demo.")
                await asyncio.Event().wait()
        delivered = await path.deliver(folder, box)
        if how is Format.JSON:
            files = await asyncio.to_thread(path.write, box, output) if output else []
            print_json({"digests": [_plain(one) for one in delivered.digests], "files": files})
            return
        await _report(delivered, box, output)
        if output is None:
            say("No terminal is attached, so the demo ends here; --output DIR keeps the messages.")


async def _report(delivered: Delivered, box: Inbox, output: Path | None) -> None:
    from digest import demo as path

    _tell(delivered)
    if output is not None:
        written = await asyncio.to_thread(path.write, box, output)
        say(f"{len(written)} files are in {output}.")


def _tell(delivered: Delivered) -> None:
    from digest import words

    english = words.load("en")
    for digest in delivered.digests:
        say(f"\n{digest.subscriber.email}: {_asked(digest.subscriber.topics)}")
        for entry in digest.entries:
            say(f"  {entry.paper.title}")
            say(f"    {english.reason(entry.reason)}")
        if not digest.entries:
            say(f"  no mail: none of the {digest.considered} papers matched")
    say(f"\n{delivered.report}".rstrip(".") + ".")


def _plain(digest: Digest) -> dict[str, object]:
    return {
        "to": digest.subscriber.email,
        "topics": [topic.text for topic in digest.subscriber.topics],
        "papers": [entry.paper.title for entry in digest.entries],
    }


def _asked(topics: Sequence[Topic]) -> str:
    words = [
        f"{'not ' if topic.excluded else ''}{topic.text.replace(chr(10), ' or ')}"
        for topic in topics
    ]
    return ", ".join(words) or "no topic, so the ten most voted"
