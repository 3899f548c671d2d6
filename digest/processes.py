"""Several sender processes on one machine, which share one outbox by its claims.

A signature by RSA costs more than all else about a message, and one sender has them made on two
more cores at most (`digest.delivery.composing`). The processes know nothing of each other: each
claims what no other has claimed, and the relay's quotas are counted in the database. What they
divide are the connections that the settings allow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from digest.app import App
from digest.children import Child
from digest.delivery import Report
from digest.delivery.composing import available_cores
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
    most = min(available_cores(), settings.smtp.connections)
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
    work = partial(_send, wait=wait, only=only, cores=divided_cores(count))
    senders = [Child(part, work) for part in divided(app.settings, count)]
    try:
        reports = await asyncio.gather(*(_reported(app, sender, stop) for sender in senders))
    finally:
        for sender in senders:
            sender.end()
    if any(sender.code for sender in senders):
        reports.append(await app.deliver(stop=stop, only=only))
    total = sum(reports, Report())
    total.waiting = await asyncio.to_thread(app.outbox.waiting, only)
    return total


def divided(settings: Settings, count: int) -> list[Settings]:
    """The settings of each process: all connections together are as many as before."""
    each, more = divmod(settings.smtp.connections, count)
    return [_with_connections(settings, each + (number < more)) for number in range(count)]


def divided_cores(count: int) -> int:
    """How many cores each of so many processes signs on."""
    return max(available_cores() // count, 1)


def _with_connections(settings: Settings, count: int) -> Settings:
    smtp = settings.smtp.model_copy(update={"connections": count})
    return settings.model_copy(update={"smtp": smtp})


async def _reported(app: App, sender: Child[Report], stop: asyncio.Event) -> Report:
    report = await sender.answer(stop)
    if report is not None:
        return report
    # Its claims end now, not with their lease.
    await asyncio.to_thread(app.outbox.take_over, app.now())
    return Report(reason=f"a sender ended with {sender.code}")


async def _send(
    app: App, stop: asyncio.Event, *, wait: timedelta, only: Sequence[int] | None, cores: int
) -> Report:
    app.cores = cores
    try:
        return await app.deliver(wait=wait, stop=stop, only=only)
    except PaperDigestError as error:
        return Report(reason=str(error))
