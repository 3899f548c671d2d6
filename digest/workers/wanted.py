"""The jobs that there are, and which part of the work each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: So many ids of deliveries are a shard; one is sent in seconds to a minute.
DELIVERIES = 5000
#: So many ids of readers are a shard.
READERS = 10_000


class Task(StrEnum):
    """What a job does. To select and to plan are one job: they end in one transaction."""

    PULL = "pull"
    SETTLE = "settle"
    PLAN = "plan"
    WEEKLY = "weekly"
    DELIVER = "deliver"
    BOUNCES = "bounces"


class Queue(StrEnum):
    """A worker takes one job of each at a time, so that planning and sending go on together."""

    OFFICE = "office"
    MAIL = "mail"


class Priority:
    """Which job of a lock goes first: one that comes later must not hold up one that is due."""

    URGENT = 10
    NOW = 0
    LATER = -10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A job that is asked for.

    Attributes:
        task: what is to be done.
        shard: which part of it, None for all.
        arguments: of the task, besides its shard.
        priority: higher ones go first.
        at: not before, None for at once.
    """

    task: Task
    shard: int | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    priority: int = Priority.NOW
    at: datetime | None = None

    @property
    def lock(self) -> str:
        """No two jobs of the same lock run at once."""
        return str(self.task) if self.shard is None else f"{self.task}/{self.shard}"

    @property
    def queue(self) -> Queue:
        """Where it waits."""
        return Queue.MAIL if self.task is Task.DELIVER else Queue.OFFICE

    @property
    def given(self) -> dict[str, object]:
        """All that the task is called with."""
        shard = {} if self.shard is None else {"shard": self.shard}
        return {**shard, **self.arguments}


def ids_of(shard: int, size: int) -> tuple[int, int]:
    """The first and the last id of a shard."""
    return shard * size, shard * size + size - 1


def deliver(shard: int, *, urgent: bool = False, at: datetime | None = None) -> Wanted:
    """Sends what a shard of the outbox holds, now or at an instant."""
    now = Priority.URGENT if urgent else Priority.NOW
    return Wanted(task=Task.DELIVER, shard=shard, priority=Priority.LATER if at else now, at=at)
