"""Procrastinate's application on our database, with its jobs fenced as our deliveries are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import procrastinate
from procrastinate import PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, NotificationCallback
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from digest import logs
from digest.database import KEEPALIVE, NOTICE
from digest.workers.looking import STALLED

ATTEMPTS = 6
#: After 3, 9, 27, 81 and 243 seconds.
RETRY = RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=3)
POOL = 6

_FENCED = """
WITH mine AS MATERIALIZED (
    SELECT id FROM procrastinate_jobs
     WHERE id = %(job_id)s AND status = 'doing' AND worker_id IS NOT DISTINCT FROM %(worker_id)s
       FOR UPDATE
)
SELECT {} FROM mine"""
_FINISH = _FENCED.format("procrastinate_finish_job_v1(id, %(status)s, false)")
_RETRY = _FENCED.format("procrastinate_retry_job_v2(id, %(at)s, NULL, NULL, NULL)")


class FencedJobs(JobManager):
    """Ends a job only for the worker that still has it, and tells its worker of troubles.

    Procrastinate ends a job by its id. A worker that was cut off would so end a job that was
    given to another meanwhile; here the worker's number is the fencing token.

    Nor does Procrastinate see a heartbeat or a listener that failed: what looks after them ends
    with the first of them that ends, and without periodic tasks the one for these ends at once
    (its issue 1597). Its worker would go on with jobs that others take up, for it seems dead.

    Args:
        connector: to the database.
        trouble: hears that a job's end or a heartbeat could not be written, or that new jobs
            are not heard of any more. The worker must go then, and come back under a new number:
            while it lives, nobody else takes up its jobs.
    """

    def __init__(self, connector: PsycopgConnector, trouble: Callable[[], None]) -> None:
        super().__init__(connector)
        self._trouble = trouble
        self._log = logs.get("workers")

    async def finish_job(self, job: Job, status: Status, delete_job: bool = False) -> None:  # noqa: ARG002  # as the parent has it: ours are kept for a while
        """Writes how a job ended."""
        await self._fenced(_FINISH, job, status=status.value)

    async def retry_job(  # type: ignore[override]  # nothing of a job changes with a retry
        self, job: Job, retry_at: object = None, **_unchanged: object
    ) -> None:
        """Puts a job back, to be done at an instant."""
        await self._fenced(_RETRY, job, at=retry_at)

    async def update_heartbeat(self, worker_id: int) -> None:
        """Writes that a worker lives."""
        with self._watched("a heartbeat was not written"):
            await super().update_heartbeat(worker_id)

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Hears of new jobs until it is cancelled."""
        with self._watched("new jobs are not heard of"):
            await super().listen_for_jobs(on_notification=on_notification, queues=queues)

    async def take_up_stalled(self) -> int:
        """Gives the jobs of workers without a heartbeat to others; returns how many."""
        stalled = list(await self.get_stalled_jobs(seconds_since_heartbeat=STALLED))
        for job in stalled:
            self._log.warning("job taken up", job=job.id, lock=job.lock, attempts=job.attempts)
            if job.attempts + 1 < ATTEMPTS:
                await self.retry_job(job)
            else:  # whoever does it dies of it
                await self.finish_job(job, Status.FAILED)
        return len(stalled)

    @contextmanager
    def _watched(self, event: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._log.warning(event, reason=" ".join(str(error.__cause__ or error).split()))
            self._trouble()
            raise

    async def _fenced(self, query: str, job: Job, **values: object) -> None:
        given = {"job_id": job.id, "worker_id": job.worker_id, **values}
        try:
            done = await self.connector.execute_query_all_async(query, **given)
        except ConnectorException as error:
            self._log.error("a job's end was not written", job=job.id, reason=str(error.__cause__))
            self._trouble()
            return
        if not done:
            self._log.warning("job was taken over", job=job.id, lock=job.lock)


def make_queue(engine: Engine, trouble: Callable[[], None]) -> procrastinate.App:
    """Procrastinate's application on the engine's database; not open yet."""
    url = engine.url
    given = url.translate_connect_args(username="user", database="dbname") | dict(url.query)
    connector = PsycopgConnector(
        conninfo=make_conninfo("", **{**KEEPALIVE, **given}),
        min_size=1,
        max_size=POOL,
        timeout=10,
        configure=_be_noticed,
    )
    app = procrastinate.App(connector=connector)
    app.job_manager = FencedJobs(connector, trouble)
    return app


async def _be_noticed(connection: AsyncConnection) -> None:
    await connection.execute("; ".join(NOTICE))
    await connection.commit()
