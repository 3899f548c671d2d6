"""A sender in a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from multiprocessing.process import BaseProcess

from digest.database import open_database
from digest.delivery import Limits, Outbox, Sender, SmtpMailer
from digest.delivery.connect import Server
from digest.delivery.ledger import Ledger
from digest.delivery.quotas import windows
from digest.settings import Delivering
from tests.outboxes import NOW, render

# A server process imports everything once, so that a new sender starts in milliseconds.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.integration.faults.killable"])


def start(url: str, port: int, connections: int = 4, per_hour: int | None = None) -> BaseProcess:
    """A process that sends what is due, and ends."""
    given = (url, port, connections, per_hour)
    process = _CONTEXT.Process(target=_work, args=given, daemon=True)
    process.start()
    return process


def _work(url: str, port: int, connections: int, per_hour: int | None) -> None:
    asyncio.run(_send(url, port, connections, per_hour))


async def _send(url: str, port: int, connections: int, per_hour: int | None) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    engine = open_database(url)
    where = Server(host="127.0.0.1", port=port, tls="none", hello="test")
    limits = Limits(connections=connections, quotas=windows(None, per_hour))
    mailer = SmtpMailer(where, limits, Ledger(engine, "relay"))
    await Sender(Outbox(engine), mailer, render, Delivering(), lambda: NOW).run(stop=stop)
    await mailer.aclose()
    engine.dispose()
