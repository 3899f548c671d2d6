"""One run's pauses: those of its mailer, written for others, and those that others wrote."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from digest.delivery.holds import EVERYWHERE
from digest.delivery.mailer import StreamingMailer
from digest.delivery.patience import Patience
from digest.delivery.pauses import Pause, Pauses

EVERY = 2.0  # seconds from one look at the database to the next
LEAST = 5.0  # seconds; shorter pauses are over before anybody reads of them
SLACK = timedelta(seconds=30)  # ends that differ by less are the same
#: A server that cannot be reached is asked again within this time.
OUTAGE = timedelta(minutes=2)


class Pausing:
    """Which domains get nothing now.

    Args:
        pauses: of the database.
        mailer: whose answers pause domains.
        owner: names the sender.
        clock: gives the present instant.
        patience: for the database.
    """

    def __init__(
        self,
        pauses: Pauses,
        mailer: StreamingMailer,
        owner: str,
        clock: Callable[[], datetime],
        patience: Patience,
    ) -> None:
        self._pauses = pauses
        self._mailer = mailer
        self._owner = owner
        self._clock = clock
        self._patience = patience
        self._written: dict[str, Pause] = {}
        self._standing: dict[str, Pause] = {}
        self._looked = float("-inf")

    @property
    def closed(self) -> dict[str, float]:
        """The domains, with the seconds until they may go on."""
        now = self._clock()
        found = {
            domain: (pause.until - now).total_seconds()
            for domain, pause in self._standing.items()
            if domain != EVERYWHERE and pause.until > now
        }
        return {**found, **self._mailer.closed}

    async def look(self) -> None:
        """Writes what is new and reads what stands, where the last look is not a moment ago."""
        if time.monotonic() - self._looked >= EVERY:
            self._looked = time.monotonic()
            await self._exchange()

    async def end(self) -> None:
        """Leaves behind what holds for the next run: pauses of domains, and an outage."""
        await self._exchange()
        if EVERYWHERE in self._written and self._mailer.error is None:
            await self._patience.call(partial(self._pauses.forget, self._owner))

    async def _exchange(self) -> None:
        now = self._clock()
        news = {domain: pause for domain, pause in self._own(now).items() if self._is_new(pause)}
        if news:
            write = partial(self._pauses.write, self._owner, news.values(), now)
            await self._patience.call(write)
            self._written |= news
        self._standing = await self._patience.call(partial(self._pauses.standing, now))
        for domain in self._written.keys() - self._standing.keys():
            if self._written.pop(domain).until > now:  # somebody lifted it
                self._mailer.reopen(domain)

    def _own(self, now: datetime) -> dict[str, Pause]:
        found = {
            domain: Pause(domain, now, now + timedelta(seconds=seconds), why)
            for domain, (seconds, why) in self._mailer.pauses.items()
            if seconds >= LEAST
        }
        if error := self._mailer.error:
            found[EVERYWHERE] = Pause(EVERYWHERE, now, now + OUTAGE, str(error))
        return found

    def _is_new(self, pause: Pause) -> bool:
        known = self._written.get(pause.domain)
        return known is None or abs(pause.until - known.until) > SLACK
