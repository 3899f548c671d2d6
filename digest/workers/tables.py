"""The job queue's tables as far as we read them; Procrastinate makes and changes them."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, String, Table
from sqlalchemy.dialects.postgresql import ENUM, JSONB


class State(StrEnum):
    """How a job stands, in Procrastinate's words."""

    TODO = "todo"
    DOING = "doing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABORTING = "aborting"
    ABORTED = "aborted"


OPEN = (State.TODO, State.DOING)
_STATE = ENUM(*(str(state) for state in State), name="procrastinate_job_status", create_type=False)
_AT = DateTime(timezone=True)
# Apart from our own tables, which migrations of ours make.
_queue = MetaData()

jobs = Table(
    "procrastinate_jobs",
    _queue,
    Column("id", BigInteger, primary_key=True),
    Column("queue_name", String),
    Column("task_name", String),
    Column("priority", Integer),
    Column("lock", String),
    Column("args", JSONB),
    Column("status", _STATE),
    Column("scheduled_at", _AT),
    Column("attempts", Integer),
    Column("worker_id", BigInteger),
)
events = Table(
    "procrastinate_events",
    _queue,
    Column("id", BigInteger, primary_key=True),
    Column("job_id", BigInteger),
    Column("type", String),
    Column("at", _AT),
)
workers = Table(
    "procrastinate_workers",
    _queue,
    Column("id", BigInteger, primary_key=True),
    Column("last_heartbeat", _AT),
)
