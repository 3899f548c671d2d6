"""A worker: takes jobs until it is stopped, through restarts of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import procrastinate
import psycopg
from procrastinate.exceptions import ConnectorException

from digest import logs
from digest.app import App
from digest.errors import DatabaseError, JobQueueMismatch, NoJobQueue, SchemaMismatch
from digest.workers.office import Office
from digest.workers.queue import FencedJobs, make_queue
from digest.workers.schema import check_installed
from digest.workers.wanted import Queue

HEARTBEAT = 3.0  # seconds
LOOK = 5.0  # seconds between two looks at others' stalled jobs, and at the schema
PAUSE = 1.0  # seconds before the database is asked again
#: What is under way gets so long to end: a sender's own 30 seconds, and its answers.
ENDS = 40.0
HOUR = 3600.0
#: Hours for which jobs are kept for the operator to read: those that went well, and all.
KEPT, KEPT_FAILED = 1, 7 * 24


class Worker:
    """Takes jobs of one installation, one of each queue at a time.

    Whatever goes wrong between it and the database, it comes back as a new worker under a new
    number; what the old one had is then stalled, and is taken up by any.

    Args:
        app: the installation, on PostgreSQL.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._log = logs.get("workers")

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; what is under way gets 40 seconds to end.

        Raises:
            NoJobQueue: the database is SQLite.
            SchemaMismatch: this program is older or newer than the database, now or later on.
        """
        while not stop.is_set():
            try:
                await asyncio.to_thread(check_queue, self._app)
                await self._serve(stop)
            except (NoJobQueue, SchemaMismatch, JobQueueMismatch):
                raise
            except (ConnectorException, psycopg.OperationalError, DatabaseError) as error:
                cause = error.__cause__ or error
                self._log.error("lost the database", reason=" ".join(str(cause).split()))
                with suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE):
                        await stop.wait()

    async def _serve(self, stop: asyncio.Event) -> None:
        """Works as one numbered worker of each queue, until anything ends."""
        ending, trouble = asyncio.Event(), asyncio.Event()
        queue = make_queue(self._app.engine, trouble.set)
        Office(self._app, ending).register(queue)
        async with queue.open_async():
            waits = [asyncio.create_task(event.wait()) for event in (stop, trouble)]
            works = [asyncio.create_task(self._take(queue, name)) for name in Queue]
            works.append(asyncio.create_task(self._look(queue)))
            await asyncio.wait([*waits, *works], return_when=asyncio.FIRST_COMPLETED)
            ending.set()
            for task in (*waits, *works):
                task.cancel()
            for ended in await asyncio.gather(*works, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended

    async def _take(self, queue: procrastinate.App, name: Queue) -> None:
        """Takes the jobs of a queue until it is cancelled, or the database is lost."""
        await queue.run_worker_async(
            queues=[str(name)],
            name=str(name),
            concurrency=1,
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=HOUR,  # who is dead is seen by the heartbeat, not by absence
            shutdown_graceful_timeout=ENDS,
            worker_middleware=[self._of_this_schema],
        )

    async def _look(self, queue: procrastinate.App) -> None:
        """Takes up others' stalled jobs, forgets old ones, and ends when the schema changes."""
        manager = queue.job_manager
        assert isinstance(manager, FencedJobs)  # noqa: S101  # make_queue's own
        forgot = -HOUR
        while True:
            await asyncio.to_thread(check_queue, self._app)
            await manager.take_up_stalled()
            now = asyncio.get_running_loop().time()
            if now - forgot >= HOUR:
                await forget(manager)
                forgot = now
            await asyncio.sleep(LOOK)

    async def _of_this_schema(self, job: Callable[[], Awaitable[Any]], *_context: object) -> Any:  # noqa: ANN401  # as Procrastinate declares it
        """No job begins on a database that another program has changed."""
        await asyncio.to_thread(check_queue, self._app)
        return await job()


async def forget(manager: FencedJobs) -> None:
    """Forgets jobs that ended long ago."""
    await manager.delete_old_jobs(nb_hours=KEPT)
    await manager.delete_old_jobs(
        nb_hours=KEPT_FAILED, include_failed=True, include_cancelled=True, include_aborted=True
    )


def check_queue(app: App) -> None:
    """Refuses a database that is not PostgreSQL or not of this program's schema.

    Raises:
        NoJobQueue: workers share their jobs on PostgreSQL.
        SchemaMismatch: says which way, and what to do.
        JobQueueMismatch: another Procrastinate is installed.
    """
    if app.engine.dialect.name != "postgresql":
        raise NoJobQueue(url=app.address)
    check_installed()
    app.check()
