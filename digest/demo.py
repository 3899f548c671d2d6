"""The demo: the whole path on the sample edition, into an inbox on this machine.

Nothing here is a stand-in. The archive, the selection, the outbox, the SMTP connection and
the rendering are those that `digest send` uses; only the sources are replaced by the sample
edition and the mail server by the embedded inbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from digest import sample
from digest.app import App, make_app
from digest.delivery import Report
from digest.inbox import Inbox
from digest.model import DayState, Digest, SourceDay
from digest.settings import Sender, Settings, Smtp
from subscribers.model import Consent

PUBLIC_URL = "https://digest.example.org"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the demo did: each reader's digest, and the sender's report."""

    digests: tuple[Digest, ...]
    report: Report


def settings(folder: Path, *, smtp_port: int, public_url: str = PUBLIC_URL) -> Settings:
    """The demo's installation: everything in one folder, mail to a port of this machine."""
    return Settings(
        folder=folder,
        database=f"sqlite:///{folder / 'digest.sqlite3'}",
        keys=folder / "keys",
        sender=Sender(
            address="digest@example.org",
            postal_address="Example Lab, 1 Example Street, 10115 Berlin",
            public_url=public_url,
        ),
        smtp=Smtp(host="127.0.0.1", port=smtp_port, tls="none"),
    )


@asynccontextmanager
async def inbox(port: int = 0) -> AsyncIterator[Inbox]:
    """The embedded inbox while the demo runs."""
    box = Inbox(http_port=port)
    await box.start()
    try:
        yield box
    finally:
        await box.stop()


def prepare(app: App) -> tuple[Digest, ...]:
    """Archives the sample edition, adds the sample readers and plans their digests."""
    app.set_up()
    edition = sample.edition()
    published = datetime.combine(edition.date, time(20), UTC)
    day = SourceDay(
        source=edition.source,
        date=edition.date,
        papers=edition.papers,
        state=DayState.CLOSED,
        fetched_at=published,
    )
    app.archive.store([day])
    for reader in sample.subscribers():
        agreed = reader.confirmed_at or published
        app.subscribers.add(reader, Consent(action="add", at=agreed, source="sample"))
    digests = app.publisher.prepare(edition.date, dry_run=True).digests
    app.publisher.prepare(edition.date)
    return digests


async def deliver(folder: Path, box: Inbox, public_url: str = PUBLIC_URL) -> Delivered:
    """The whole path, in a folder of the demo's own; the inbox holds the messages at the end."""
    app = make_app(settings(folder, smtp_port=box.smtp_port, public_url=public_url))
    try:
        digests = await asyncio.to_thread(prepare, app)
        return Delivered(digests, await app.deliver())
    finally:
        app.close()


def write(box: Inbox, folder: Path) -> list[Path]:
    """Writes every message as `.eml` and its HTML as `.html`, named by its recipient."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for received in box.messages:
        stem = received.recipients[0].replace("/", "_")
        eml, html = folder / f"{stem}.eml", folder / f"{stem}.html"
        eml.write_bytes(received.data)
        html.write_text(received.mail.html or "", encoding="utf-8")
        written += [eml, html]
    return written
