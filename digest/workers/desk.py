"""The operator at the job queue: what waits and runs, who failed; cancel and retry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procrastinate.jobs import Job
from sqlalchemy import Connection, Engine, Row, select

from digest.database import writing
from digest.errors import UnknownJob
from digest.workers.asking import manager
from digest.workers.schema import driver
from digest.workers.tables import OPEN, State, events, jobs

#: Which jobs are asked for again: those that ended badly, and those that wait for their time.
RETRIED = (State.TODO, State.FAILED, State.CANCELLED, State.ABORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job for a person to read.

    Attributes:
        task: what it does.
        lock: which part of the work: a task and its shard.
        state: `todo`, `doing`, `succeeded`, `failed`, `cancelled` or `aborted`.
        attempts: how often it was tried before.
        at: not before this instant, None for at once.
        worker: the number of the worker that has it, None for none.
        arguments: what it is called with.
    """

    id: int
    task: str
    lock: str
    state: State
    attempts: int
    at: datetime | None
    worker: int | None
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """Something that befell a job: `deferred`, `started`, `deferred_for_retry`, `failed`."""

    at: datetime
    what: str


class JobDesk:
    """The jobs of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def show(self, number: int) -> tuple[JobRow, list[JobEvent]]:
        """A job, and what befell it.

        Raises:
            UnknownJob: there is none of this number.
        """
        query = select(events.c.at, events.c.type).where(events.c.job_id == number)
        with self._engine.connect() as connection:
            found = _get(connection, number, "shown")
            rows = connection.execute(query.order_by(events.c.id))
            return found, [JobEvent(at=row.at, what=row.type) for row in rows]

    def cancel(self, number: int) -> JobRow:
        """Takes a job that waits out of the queue; one that runs is asked to end.

        What it was to do stays as it is: deliveries wait in the outbox.

        Raises:
            UnknownJob: there is none of this number, or it has ended.
        """
        with writing(self._engine).begin() as connection:
            found = _get(connection, number, "cancelled")
            if not manager.cancel_job_by_id(number, abort=True, connection=driver(connection)):
                raise UnknownJob(number=number, wanted="cancelled", reason=f"it is {found.state}")
            return found

    def retry(self, number: int) -> int:
        """Asks at once for a job that failed, was cancelled, or waits for its time.

        Returns:
            The number of the job in its place.

        Raises:
            UnknownJob: there is none of this number, or it runs, or it went well.
        """
        with writing(self._engine).begin() as connection:
            found = _get(connection, number, "retried", lock=True)
            if found.state not in RETRIED:
                raise UnknownJob(number=number, wanted="retried", reason=f"it is {found.state}")
            if found.state is State.TODO:
                manager.cancel_job_by_id(number, connection=driver(connection))
            row = connection.execute(select(jobs).where(jobs.c.id == number)).one()
            [new] = manager.batch_defer_jobs([_again(row)], connection=driver(connection))
            return int(new.id or 0)

    def list(self, states: Sequence[State] = (), limit: int = 100) -> list[JobRow]:
        """Jobs in these states, else those that are open or failed; the latest first."""
        wanted = states or (*OPEN, State.FAILED)
        query = (
            select(jobs).where(jobs.c.status.in_(wanted)).order_by(jobs.c.id.desc()).limit(limit)
        )
        with self._engine.connect() as connection:
            return [_job(row) for row in connection.execute(query.limit(limit))]


def _get(connection: Connection, number: int, wanted: str, *, lock: bool = False) -> JobRow:
    query = select(jobs).where(jobs.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise UnknownJob(number=number, wanted=wanted, reason="old jobs are forgotten")
    return _job(row)


def _job(row: Row[Any]) -> JobRow:
    return JobRow(
        id=row.id,
        task=row.task_name,
        lock=row.lock or "",
        state=State(row.status),
        attempts=row.attempts,
        at=row.scheduled_at,
        worker=row.worker_id,
        arguments=row.args,
    )


def _again(row: Row[Any]) -> Job:
    return Job(
        queue=row.queue_name,
        task_name=row.task_name,
        lock=row.lock,
        queueing_lock=None,
        task_kwargs=row.args,
    )
