"""The figures of the operator's page, counted while nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from digest.app import App
from digest.figures import Matches, Tallies
from digest.model import Edition

#: Seconds from one count to the next.
EVERY = 60


class Counting:
    """Counts what moved: deliveries by day, and what topics match in days that settled."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def count(self) -> None:
        """Counts once."""
        await asyncio.to_thread(self.count_now)

    def count_now(self) -> None:
        """The same, here."""
        app = self._app
        Tallies(app.engine).count(app.now())
        Matches(app.engine, self._evaluate).count(app.now())

    def _evaluate(self, day: date, texts: Sequence[str]) -> tuple[Edition, Mapping[str, int]]:
        edition = self._app.publisher.edition(day)
        asked = self._app.selector(edition, texts).evaluation.asked
        return edition, {text: asked[text].matched for text in texts if text in asked}
