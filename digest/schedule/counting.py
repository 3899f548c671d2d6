"""The figures of the operator's page, counted while nobody waits for them."""

from __future__ import annotations

import asyncio

from digest.app import App
from digest.schedule.waking import Job

#: Seconds from one count to the next.
EVERY = 60


def counting(app: App) -> Job:
    """What counts them once."""

    async def count() -> None:
        await asyncio.to_thread(app.count_figures)

    return count
