"""Several worker processes on one machine."""

from __future__ import annotations

import asyncio
from functools import partial

from digest import logs
from digest.app import App
from digest.children import Child, Work
from digest.processes import divided, divided_cores
from digest.settings import Settings
from digest.workers.worker import Worker
from subscribers.errors import PaperDigestError

#: A process that was killed is replaced after so many seconds.
PAUSE = 1.0


async def work(app: App, count: int, stop: asyncio.Event, *, json_logs: bool | None) -> None:
    """Works with so many processes until `stop` is set; one that is killed is replaced.

    Args:
        app: the installation; its connections to the mail server are divided.
        count: how many processes, at most as many as the settings allow connections.
        stop: passed on to all.
        json_logs: as `logs.configure` takes it.

    Raises:
        PaperDigestError: for the reason that one of them ended.
    """
    count = min(count, app.settings.smtp.connections)
    if count <= 1:
        await Worker(app).run(stop)
        return
    parts = divided(app.settings, count)
    member = partial(_work, json_logs=json_logs, cores=divided_cores(count))
    ended = await asyncio.gather(*(_replaced(part, stop, member) for part in parts))
    for reason in filter(None, ended):
        raise reason


async def _replaced(
    settings: Settings, stop: asyncio.Event, work: Work[PaperDigestError | None]
) -> PaperDigestError | None:
    while not stop.is_set():
        member = Child(settings, work)
        try:
            error = await member.answer(stop)
        finally:
            await asyncio.to_thread(member.end)
        if error is not None:
            stop.set()
            return error
        if not stop.is_set():
            logs.get("workers").error("a worker ended", code=member.code)
            await asyncio.sleep(PAUSE)
    return None


async def _work(
    app: App, stop: asyncio.Event, *, json_logs: bool | None, cores: int
) -> PaperDigestError | None:
    """Works until it is stopped; the reason where it ends by itself."""
    app.cores = cores
    logs.configure(json=json_logs)
    try:
        await Worker(app).run(stop)
    except PaperDigestError as error:
        return error
    return None
