"""A sender in a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from multiprocessing.process import BaseProcess

from digest.database import open_database
from digest.delivery import Limits, Outbox, Sender, SmtpMailer
from digest.delivery.connect import Server
from digest.settings import Delivering
from tests.outboxes import NOW, render

# A server process imports everything once, so that a new sender starts in milliseconds.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.integration.faults.killable"])


def start(url: str, port: int, connections: int = 4) -> BaseProcess:
    """A process that sends what is due, and ends."""
    process = _CONTEXT.Process(target=_work, args=(url, port, connections), daemon=True)
    process.start()
    return process


def _work(url: str, port: int, connections: int) -> None:
    asyncio.run(_send(url, port, connections))


async def _send(url: str, port: int, connections: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    engine = open_database(url)
    where = Server(host="127.0.0.1", port=port, tls="none", hello="test")
    mailer = SmtpMailer(where, Limits(connections=connections))
    await Sender(Outbox(engine), mailer, render, Delivering(), lambda: NOW).run(stop=stop)
    await mailer.aclose()
    engine.dispose()
