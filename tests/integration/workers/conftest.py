"""An installation on PostgreSQL, and workers in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from digest.workers.wanted import Wanted
from tests.installation import Installation


@dataclass
class Shop:
    """An installation with a job queue."""

    place: Installation

    @property
    def app(self) -> Any:
        return self.place.app

    def ask(self, *wanted: Wanted) -> int:
        """Asks for jobs in a transaction of their own."""
        from digest.workers.asking import ask_for

        with self.app.engine.begin() as connection:
            return ask_for(connection, wanted)

    def jobs(self) -> list[tuple[str, str]]:
        """Lock and status of every job, in order."""
        found = self.sql("SELECT lock, status::text FROM procrastinate_jobs ORDER BY id")
        return [(row.lock, row.status) for row in found]

    def sql(self, statement: str, **values: object) -> list[Any]:
        with self.app.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return list(result) if result.returns_rows else []

    def work(self, until: str = "") -> None:
        """A worker works until no job waits or runs, or a query gives a row."""
        asyncio.run(self._work(until or IDLE))

    async def _work(self, until: str) -> None:
        from digest.workers.worker import Worker

        stop = asyncio.Event()
        working = asyncio.create_task(Worker(self.app).run(stop))
        async with asyncio.timeout(60):
            while not working.done() and not await asyncio.to_thread(self.sql, until):
                await asyncio.wait([working], timeout=0.05)
        stop.set()
        await working


IDLE = """SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM procrastinate_jobs
          WHERE status IN ('todo', 'doing')
          AND coalesce(scheduled_at, now()) < now() + interval '3 seconds')"""


@pytest.fixture
def shop(tmp_path: Path, postgres_url: str) -> Iterator[Shop]:
    from digest.workers.outbox import SharedOutbox

    made = Installation(tmp_path, postgres_url, now=datetime.now(UTC))
    made.app.outbox = SharedOutbox(made.app.engine, address_hash=made.app.ring.address_hash)
    yield Shop(made)
    made.app.close()
