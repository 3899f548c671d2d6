"""Several sender processes on one machine, which share one outbox by its claims.

A signature by RSA costs more than all else about a message, and one process makes them on
little more than one core. The processes know nothing of each other: each claims what no other
has claimed, and the relay's quotas are counted in the database. What they divide are the
connections that the settings allow.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from digest import loop
from digest.app import App, make_app
from digest.delivery import Report
from digest.settings import Settings
from subscribers.errors import PaperDigestError

#: So many deliveries are worth the second that another process takes to start.
WORTH_A_PROCESS = 5000


def advised(settings: Settings, waiting: int) -> int:
    """How many processes to send with: more than one where there is much to sign by RSA.

    Args:
        settings: of the installation.
        waiting: deliveries in the outbox.
    """
    if settings.mailer.kind != "smtp" or not settings.signing.rsa_selector:
        return 1
    most = min(os.cpu_count() or 1, settings.smtp.connections)
    return max(min(most, waiting // WORTH_A_PROCESS), 1)


async def deliver(
    app: App,
    count: int,
    *,
    wait: timedelta = timedelta(0),
    stop: asyncio.Event | None = None,
    only: Sequence[int] | None = None,
) -> Report:
    """Sends what the outbox holds with so many processes; their figures are added up.

    What a process had claimed when it was killed is sent by the others, or at last by this one.

    Args:
        app: an installation whose mailer is that of its settings; another cannot be shared,
            so that this process alone sends with it.
        count: how many processes, at most as many as the settings allow connections.
        wait: as in `App.deliver`.
        stop: as in `App.deliver`; it is passed on to all.
        only: as in `App.deliver`.
    """
    count = min(count, app.settings.smtp.connections)
    if count <= 1 or app.mailer is not None:
        return await app.deliver(wait=wait, stop=stop, only=only)
    stop = stop or asyncio.Event()
    senders = [_Sender(part, wait, only) for part in divided(app.settings, count)]
    passing_on = asyncio.create_task(_pass_on(stop, senders))
    try:
        reports = await asyncio.gather(*(_reported(app, sender) for sender in senders))
    finally:
        passing_on.cancel()
        for sender in senders:
            sender.end()
    if any(sender.killed for sender in senders):
        reports.append(await app.deliver(stop=stop, only=only))
    total = sum(reports, Report())
    total.waiting = await asyncio.to_thread(app.outbox.waiting, only)
    return total


def divided(settings: Settings, count: int) -> list[Settings]:
    """The settings of each process: all connections together are as many as before."""
    each, more = divmod(settings.smtp.connections, count)
    return [_with_connections(settings, each + (number < more)) for number in range(count)]


def _with_connections(settings: Settings, count: int) -> Settings:
    smtp = settings.smtp.model_copy(update={"connections": count})
    return settings.model_copy(update={"smtp": smtp})


async def _reported(app: App, sender: _Sender) -> Report:
    report = await sender.report()
    if sender.killed:  # its claims end now, not with their lease
        await asyncio.to_thread(app.outbox.take_over, app.now())
    return report


async def _pass_on(stop: asyncio.Event, senders: Sequence[_Sender]) -> None:
    await stop.wait()
    for sender in senders:
        sender.stop()


class _Sender:
    """A process that sends, as its parent sees it."""

    def __init__(self, settings: Settings, wait: timedelta, only: Sequence[int] | None) -> None:
        # A process that begins anew shares no connection, no lock and no thread with this one.
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_send_as_child, args=(settings, wait, only, theirs)
        )
        self._process.start()
        theirs.close()
        self.killed = False

    async def report(self) -> Report:
        """What it did, when it has ended."""
        running, readable = asyncio.get_running_loop(), asyncio.Event()
        running.add_reader(self._pipe.fileno(), readable.set)
        try:
            await readable.wait()
        finally:
            running.remove_reader(self._pipe.fileno())
        try:
            report: Report = self._pipe.recv()
        except EOFError:
            await asyncio.to_thread(self._process.join)
            self.killed = True
            return Report(reason=f"a sender ended with {self._process.exitcode}")
        return report

    def stop(self) -> None:
        """Asks it to end; what is under way gets its time."""
        with suppress(OSError):  # it has ended by itself
            self._pipe.send("stop")

    def end(self) -> None:
        """Waits for it; without its pipe it ends by itself."""
        self._pipe.close()
        self._process.join()


def _send_as_child(
    settings: Settings, wait: timedelta, only: Sequence[int] | None, pipe: Connection
) -> None:
    pipe.send(loop.run(_send(settings, wait, only, pipe)))


async def _send(
    settings: Settings, wait: timedelta, only: Sequence[int] | None, pipe: Connection
) -> Report:
    """Sends until nothing is due, a signal comes, or the parent says so or is gone."""
    stop, running = asyncio.Event(), asyncio.get_running_loop()

    def told() -> None:
        running.remove_reader(pipe.fileno())
        stop.set()

    running.add_reader(pipe.fileno(), told)
    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, stop.set)
    app = make_app(settings)
    try:
        return await app.deliver(wait=wait, stop=stop, only=only)
    except PaperDigestError as error:
        return Report(reason=str(error))
    finally:
        app.close()
