"""Asking for jobs, in the transaction of what makes them necessary.

Procrastinate's own way of keeping one job of a kind in the queue, its queueing lock, ends the
transaction of whoever comes second, and a job that is to be retried cannot come back while
another of its lock waits. So we look first, and hold what we find until our transaction ends:
a job that waits cannot begin before it can see what we write. Two that look at the same moment
may both ask; the second job then finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.sync_psycopg_connector import SyncPsycopgConnector
from sqlalchemy import Connection, select

from digest.workers.schema import driver
from digest.workers.tables import OPEN, State, jobs
from digest.workers.wanted import Task, Wanted

#: Of statements on a connection that is handed over; it opens none itself.
manager = JobManager(SyncPsycopgConnector())


def ask_for(connection: Connection, wanted: Iterable[Wanted]) -> int:
    """Asks for jobs that do not wait already; they exist once the transaction is committed.

    Returns:
        How many were asked for.
    """
    new = [one for one in sorted(wanted, key=_order) if not _waits(connection, one)]
    if new:
        manager.batch_defer_jobs([_job(one) for one in new], connection=driver(connection))
    return len(new)


def _order(wanted: Wanted) -> tuple[str, int]:
    """The order in which everybody locks, so that no two wait for each other."""
    return wanted.lock, wanted.priority


def _waits(connection: Connection, wanted: Wanted) -> bool:
    """Whether a job does the same no later; it is held until the transaction ends.

    One that sends and has begun may have read the outbox before our rows were in it; any other
    looks at what there is when it ends, or is asked for again at the next look.
    """
    same = select(jobs.c.id).where(jobs.c.lock == wanted.lock)
    if wanted.task is Task.DELIVER:
        same = same.where(jobs.c.status == State.TODO, jobs.c.priority >= wanted.priority)
    else:
        same = same.where(jobs.c.status.in_(OPEN))
    return connection.execute(same.limit(1).with_for_update(read=True)).first() is not None


def _job(wanted: Wanted) -> Job:
    given: dict[str, Any] = wanted.given
    return Job(
        queue=wanted.queue,
        task_name=wanted.task,
        lock=wanted.lock,
        queueing_lock=None,
        priority=wanted.priority,
        task_kwargs=given,
        scheduled_at=wanted.at,
    )
