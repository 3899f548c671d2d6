"""The demo: the whole path on the sample edition, into an inbox on this machine.

Nothing here is a stand-in. The archive, the selection, the outbox, the SMTP connection and
the rendering are those that `digest send` uses; only the sources are replaced by the sample
edition and the mail server by the embedded inbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

from digest import sample
from digest.app import App, make_app
from digest.delivery import Report
from digest.inbox import Inbox
from digest.loop import listen
from digest.model import DayState, Digest, SourceDay
from digest.settings import Sender, Settings, Smtp
from digest.web import make_site
from digest.web.server import address_of, serving_on
from subscribers.model import Consent

PUBLIC_URL = "https://digest.example.org"
_MAILED_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the demo did: each reader's digest, and the sender's report.

    Attributes:
        address: of the readers' pages, where they are served.
    """

    digests: tuple[Digest, ...]
    report: Report
    address: str = ""


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


async def deliver(folder: Path, box: Inbox) -> Delivered:
    """The whole path, in a folder of the demo's own; the inbox holds the messages at the end.

    The links of these messages lead nowhere, since nothing is left to serve them.
    """
    async with _opened(folder, box, PUBLIC_URL) as app:
        return await _deliver(app)


@asynccontextmanager
async def served(folder: Path, box: Inbox) -> AsyncIterator[Delivered]:
    """The same with the readers' pages, on this machine, until the block ends.

    The links of the messages lead to these pages, and what somebody does there is mailed into
    the inbox as it would be by `digest run`.
    """
    listening = listen("127.0.0.1", 0)
    async with _opened(folder, box, address_of(listening)) as app:
        delivered = await _deliver(app)
        with serving_on(listening, make_site(app)) as address:
            mailing = asyncio.create_task(_keep_mailing(app))
            try:
                yield replace(delivered, address=address)
            finally:
                mailing.cancel()
                await asyncio.gather(mailing, return_exceptions=True)


@asynccontextmanager
async def _opened(folder: Path, box: Inbox, public_url: str) -> AsyncIterator[App]:
    app = make_app(settings(folder, smtp_port=box.smtp_port, public_url=public_url))
    try:
        yield app
    finally:
        app.close()


async def _deliver(app: App) -> Delivered:
    digests = await asyncio.to_thread(prepare, app)
    return Delivered(digests, await app.deliver())


async def _keep_mailing(app: App) -> None:
    while True:
        await asyncio.sleep(_MAILED_EVERY)
        await app.deliver()


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
