"""APScheduler, which wakes the loops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Job = Callable[[], Awaitable[None]]


@asynccontextmanager
async def waking(
    jobs: Iterable[tuple[str, Job, float]], busy: asyncio.Lock
) -> AsyncIterator[AsyncIOScheduler]:
    """Wakes jobs at once and then again and again; one is late rather than left out, and once.

    Args:
        jobs: a name, what to call, and after how many seconds again.
        busy: is held by what must end before the scheduler does.
    """
    scheduler = AsyncIOScheduler(
        timezone=UTC,
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    begins = datetime.now(UTC)
    for name, job, every in jobs:
        scheduler.add_job(job, "interval", seconds=every, next_run_time=begins, id=name)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.pause()
        async with busy:  # a tick that has begun is ended
            scheduler.shutdown(wait=False)
        await asyncio.sleep(0)


async def first_of(*events: asyncio.Event, seconds: float) -> None:
    """Waits until one of the events is set, or the time is over."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
