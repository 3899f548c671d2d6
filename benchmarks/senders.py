"""The program's own ways of sending for `benchmarks/delivery.py`, each in a process of its own.

    python -m benchmarks.senders KIND LOOP WAY PORT COUNT

prints messages a second. The whole way is the application itself: its outbox on disk, its
renderer and its signature, its pool; the digests hold as many papers as make 57 KB.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path

from aiosmtplib import SMTP
from sqlalchemy import func, select

from benchmarks.outbox import add_readers
from benchmarks.peers import CONNECTIONS, OCTETS
from benchmarks.render import AT, SENDER, digests
from digest import keys, processes, sample
from digest.app import App, make_app
from digest.delivery import Limits, SmtpMailer
from digest.delivery.connect import Server
from digest.delivery.tables import deliveries
from digest.model import Digest, Entry, Message, Outcome
from digest.settings import Delivering, Settings, Signing, Smtp

LINE = b"In-context reinforcement learning, seen from a paper's abstract at length.\r\n"
BODY = LINE * (OCTETS // len(LINE))
PATIENT = Delivering(stale_after_hours=8760)


async def client(port: int, count: int, *, chunking: bool) -> float:
    """The client alone: messages that are ready, one after another over ten connections."""
    where = Server(host="127.0.0.1", port=port, tls="none", hello="bench")
    mailer = SmtpMailer(where, Limits(connections=CONNECTIONS, messages=10**9))
    mailer._chunking = chunking  # noqa: SLF001  # what a server without CHUNKING would decide
    messages = [_message(number) for number in range(50)]
    done, left = asyncio.Event(), count
    waiting = 2 * CONNECTIONS

    def answered(outcome: Outcome | None) -> None:
        nonlocal left
        left -= 1
        assert outcome is not None
        assert outcome.code == 250
        if left >= waiting:
            mailer.submit(messages[left % 50], answered)
        elif not left:
            done.set()

    begun = time.perf_counter()
    for number in range(waiting):
        mailer.submit(messages[number], answered)
    await done.wait()
    rate = count / (time.perf_counter() - begun)
    await mailer.aclose()
    return rate


async def library(port: int, count: int) -> float:
    """The library as it comes: a pool of ten, octets handed to `sendmail`."""
    numbers = iter(range(count))
    data = _message(1).data

    async def work() -> None:
        async with SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
            for _ in numbers:
                await smtp.sendmail("a@digest.example", ["b@example.org"], data)

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return count / (time.perf_counter() - begun)


async def whole(port: int, count: int, *, signed: bool, together: int) -> float:
    """Claim, render, sign, send, settle: every commit is flushed to the disk."""
    with tempfile.TemporaryDirectory() as folder:
        app = installation(Path(folder), port, signed=signed)
        app.set_up()
        add_readers(app.engine, count)
        plan(app, count)
        report = await processes.deliver(app, together)
        assert report.accepted == count, str(report)
        rate = settled_rate(app)
        app.close()
    return rate


def settled_rate(app: App, occasion: str = "") -> float:
    """By the ledger's own instants, so that the start of processes is no sending."""
    settled, which = deliveries.c.settled_at, deliveries.c.occasion.startswith(occasion)
    with app.engine.connect() as connection:
        query = select(func.count(), func.min(settled), func.max(settled)).where(which)
        count, first, last = connection.execute(query).one()
        same = select(func.count()).where(which, settled == first)
        at_first = connection.execute(same).scalar_one()
    return (int(count) - int(at_first)) / float((last - first).total_seconds())


def installation(folder: Path, port: int, *, signed: bool, database: str = "") -> App:
    """An installation that sends to a sink; on SQLite where no database is named."""
    settings = Settings(
        database=database or f"sqlite:///{folder}/digest.sqlite3",
        folder=folder,
        keys=folder,
        cache=folder,
        sender=SENDER,
        smtp=Smtp(
            host="127.0.0.1", port=port, tls="none", hello="bench",
            connections=CONNECTIONS, messages_per_connection=10**6,
        ),
        signing=Signing(rsa_selector="rsa1" if signed else ""),
        delivery=PATIENT,
    )  # fmt: skip
    if signed and not (folder / "rsa1.pem").exists():
        keys.new_signing_key(folder, "rsa1", "rsa")
    return make_app(settings)


def plan(app: App, count: int, occasion: str = "") -> None:
    """A digest of 57 KB for each of so many readers, of an occasion of its own."""
    papers = sample.edition().papers
    snapshot = app.archive.freeze(papers)
    places = {paper.key: place for place, paper in enumerate(app.archive.thaw(snapshot))}
    entries = _as_many_as_fill(app)
    made = (
        replace(digest, entries=entries, occasion=occasion or digest.occasion)
        for digest in digests(0, count)
    )
    app.outbox.enqueue(app.publisher.row(digest, snapshot, places) for digest in made)


def _as_many_as_fill(app: App) -> tuple[Entry, ...]:
    """Entries that make a message of 57 KB."""
    (digest,) = digests(0, 1)
    some = digest.entries
    every = tuple(
        replace(some[place % len(some)], paper=paper)
        for place, paper in enumerate(sample.edition().papers)
    )
    for count in range(1, len(every) + 1):
        if _size(app, replace(digest, entries=every[:count])) >= OCTETS:
            return every[:count]
    return every


def _size(app: App, digest: Digest) -> int:
    return len(app.renderer.render(digest, AT).data)


def _message(number: int) -> Message:
    head = b"Message-ID: <%d@digest.example>\r\nSubject: Ten papers\r\n\r\n" % number
    name = f"<{number}@digest.example>"
    return Message(name, "a@digest.example", "b@example.org", head + BODY, vouched=True)


def main() -> None:
    """One way, once."""
    kind, loop, way, port, count = sys.argv[1:]
    work: Coroutine[None, None, float]
    if kind == "client":
        work = client(int(port), int(count), chunking=way == "bdat")
    elif kind == "whole":
        signed, together = way.split(":")
        work = whole(int(port), int(count), signed=signed == "rsa", together=int(together))
    else:
        work = library(int(port), int(count))
    if loop == "uvloop":
        import uvloop

        print(uvloop.run(work))
    else:
        print(asyncio.run(work))


if __name__ == "__main__":
    main()
