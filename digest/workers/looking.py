"""What there is to do, as the tables say: for whoever hands out the jobs.

Every answer is made of the program's own tables, so that a job that was lost, failed or never
asked for is asked for at the next look.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from digest.delivery.tables import deliveries
from digest.publish.readers import SCHEDULED
from digest.workers.outbox import SHARD, URGENT
from digest.workers.tables import OPEN, State, events, jobs, workers
from digest.workers.wanted import DELIVERIES, READERS, Task, Wanted, deliver
from subscribers.model import Cadence
from subscribers.tables import subscribers

#: Whose last heartbeat is older is taken for dead.
STALLED = 15.0  # seconds
#: After so long, the work of a job that failed for good is asked for again.
FAILED_RESTS = timedelta(minutes=15)


def is_worked(connection: Connection) -> bool:
    """Whether a worker lives."""
    since = func.now() - timedelta(seconds=STALLED)
    living = select(workers.c.id).where(workers.c.last_heartbeat > since).limit(1)
    return connection.execute(living).first() is not None


def goes_on(connection: Connection, task: Task) -> bool:
    """Whether a job of a task waits or runs."""
    query = select(jobs.c.id).where(jobs.c.task_name == str(task), jobs.c.status.in_(OPEN))
    return connection.execute(query.limit(1)).first() is not None


def due_readers(connection: Connection, now: datetime) -> list[Wanted]:
    """A job for each shard of readers in which somebody is due."""
    c = subscribers.c
    shard, weekly = c.id // READERS, c.cadence == Cadence.WEEKLY
    due = (c.status.in_(SCHEDULED), c.due_at <= now)
    found = connection.execute(select(shard, weekly).where(*due).distinct())
    return [Wanted(task=Task.WEEKLY if w else Task.PLAN, shard=int(s)) for s, w in found]


def due_deliveries(connection: Connection, now: datetime, after: int = 0) -> list[Wanted]:
    """A job for each shard of the outbox with rows that are due and that no job stands for.

    Args:
        connection: to PostgreSQL.
        now: the clock.
        after: only rows with higher ids.
    """
    c = deliveries.c
    newest = func.max(c.planned_at).label("newest")
    query = select(SHARD, URGENT.label("urgent"), newest)
    due = query.where(c.next_attempt_at <= now, c.id > after).group_by(SHARD)
    shards = {deliver(int(row.shard)).lock: row for row in connection.execute(due)}
    covered = _covered(connection, shards, now)
    return [
        deliver(int(row.shard), urgent=row.urgent)
        for lock, row in shards.items()
        if lock not in covered
    ]


def newest_delivery(connection: Connection) -> int:
    """Below this id, rows may be taken as seen: a shard less than the highest there is."""
    highest = connection.execute(select(func.coalesce(func.max(deliveries.c.id), 0))).scalar_one()
    return max(int(highest) - DELIVERIES, 0)


def _covered(connection: Connection, shards: dict[str, Row[Any]],
             now: datetime) -> set[str]:  # fmt: skip
    last = _last_jobs(connection, shards)
    return {lock for lock, job in last.items() if _stands(job, shards[lock].newest, now)}


def _last_jobs(connection: Connection, locks: Iterable[str]) -> dict[str, Any]:
    ended = select(func.max(events.c.at)).where(events.c.job_id == jobs.c.id).scalar_subquery()
    last = select(func.max(jobs.c.id)).where(jobs.c.lock.in_(list(locks))).group_by(jobs.c.lock)
    query = select(jobs.c.lock, jobs.c.status, ended.label("at")).where(jobs.c.id.in_(last))
    return {row.lock: row for row in connection.execute(query)}


def _stands(job: Row[Any], newest: datetime, now: datetime) -> bool:
    """Whether a job stands for rows that were planned until `newest`.

    One that the operator cancelled does, so that it stays cancelled; not for what came later.
    """
    if job.status in OPEN:
        return True
    if job.status in (State.CANCELLED, State.ABORTED):
        return bool(job.at >= newest)
    return bool(job.status == State.FAILED and now - job.at < FAILED_RESTS)
