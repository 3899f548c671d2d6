"""Several worker processes on one machine."""

from __future__ import annotations

import asyncio
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from digest import logs, loop
from digest.app import App, make_app
from digest.processes import divided
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
    ended = await asyncio.gather(*(_replaced(part, stop, json_logs=json_logs) for part in parts))
    for reason in filter(None, ended):
        raise reason


async def _replaced(
    settings: Settings, stop: asyncio.Event, *, json_logs: bool | None
) -> PaperDigestError | None:
    while not stop.is_set():
        member = _Member(settings, json_logs=json_logs)
        try:
            error = await member.ended(stop)
        finally:
            await asyncio.to_thread(member.end)
        if error is not None:
            stop.set()
            return error
        if not stop.is_set():
            logs.get("workers").error("a worker ended", code=member.code)
            await asyncio.sleep(PAUSE)
    return None


class _Member:
    """A process that works, as its parent sees it."""

    def __init__(self, settings: Settings, *, json_logs: bool | None) -> None:
        # A process that begins anew shares no connection, no lock and no thread with this one.
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_work_as_child, args=(settings, json_logs, theirs)
        )
        self._process.start()
        theirs.close()

    @property
    def code(self) -> int | None:
        """How it ended."""
        return self._process.exitcode

    async def ended(self, stop: asyncio.Event) -> PaperDigestError | None:
        """Waits for its end, or tells it to; returns its reason, None where it was killed."""
        running, readable = asyncio.get_running_loop(), asyncio.Event()
        running.add_reader(self._pipe.fileno(), readable.set)
        stopping = asyncio.create_task(stop.wait())
        try:
            waits = [stopping, asyncio.create_task(readable.wait())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            waits[1].cancel()
        finally:
            stopping.cancel()
            running.remove_reader(self._pipe.fileno())
        return self._reason() if readable.is_set() else None

    def end(self) -> None:
        """Waits for it; without its pipe it ends by itself."""
        self._pipe.close()
        self._process.join()

    def _reason(self) -> PaperDigestError | None:
        try:
            error: PaperDigestError | None = self._pipe.recv()
        except (EOFError, OSError):
            return None
        return error


def _work_as_child(settings: Settings, json_logs: bool | None, pipe: Connection) -> None:
    logs.configure(json=json_logs)
    error = loop.run(_work(settings, pipe))
    if error is not None:
        pipe.send(error)


async def _work(settings: Settings, pipe: Connection) -> PaperDigestError | None:
    """Works until a signal comes, or the parent closes the pipe or is gone."""
    stop, running = asyncio.Event(), asyncio.get_running_loop()

    def told() -> None:
        running.remove_reader(pipe.fileno())
        stop.set()

    running.add_reader(pipe.fileno(), told)
    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, stop.set)
    app = make_app(settings)
    try:
        await Worker(app).run(stop)
    except PaperDigestError as error:
        return error
    finally:
        app.close()
    return None
