"""The line by mail, once a day at most, when a source stays away or digests fail."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from digest import logs
from digest.app import App
from digest.publish import standing, telling


class Teller:
    """Tells the operator, or the readers, as the settings say."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._log = logs.get("schedule")

    async def tell(self) -> None:
        """Tells of an outage that lasts, and of digests that failed."""
        app, now = self._app, self._app.now()
        wanted = app.settings.run.tell
        if wanted == "nobody" or not await asyncio.to_thread(telling.may_tell, app.outcomes, now):
            return
        after = timedelta(hours=app.settings.run.tell_after_hours)
        known = await asyncio.to_thread(standing.standings, app.archive, now)
        trouble = telling.trouble(known, now, after)
        failed = await asyncio.to_thread(telling.failures, app.engine, now)
        told = (*trouble, *failed)
        if not told:
            return
        number = app.outcomes.begin(telling.TOLD, now)
        if app.settings.sender.operator:
            await app.send_now(telling.to_operator(app.settings, trouble, failed, now))
        if wanted == "readers" and trouble:
            notify = app.publisher.notify
            store = app.subscribers
            await asyncio.to_thread(telling.to_readers, app.outcomes, store, notify, now)
        app.outcomes.end(number, now, "; ".join(told))
        self._log.warning("told of trouble", who=wanted, trouble=told)
