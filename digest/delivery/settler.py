"""From the mailer's answers to the outbox's rows, in batches; and the leases of what is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from digest.delivery.outbox import Outbox
from digest.delivery.patience import Patience
from digest.delivery.report import Report
from digest.delivery.retry import Settlement, settle
from digest.model import Delivery, DeliveryState, Outcome
from digest.settings import Delivering

BATCH = 50  # the most answers that a kill can leave uncommitted
SECONDS = 0.02  # the longest that an answer waits for company

Refused = Callable[[Delivery, datetime], object]
Answered = tuple[Delivery, Outcome | None]


class Settler:
    """Keeps what a sender has claimed until it is settled.

    Args:
        outbox: whose rows advance.
        settings: how long and how often to try.
        clock: gives the present instant.
        patience: for the database.
        report: is added to.
        refused: hears of every delivery that ended without being accepted, in a thread.
    """

    def __init__(
        self,
        outbox: Outbox,
        settings: Delivering,
        clock: Callable[[], datetime],
        patience: Patience,
        report: Report,
        refused: Refused | None = None,
    ) -> None:
        self._outbox = outbox
        self._settings = settings
        self._clock = clock
        self._patience = patience
        self._report = report
        self._refused = refused
        self._claims: dict[int, int] = {}
        self._answers: list[Answered] = []
        self._some = asyncio.Event()
        self._full = asyncio.Event()
        self._writing = asyncio.Lock()
        self._low = 0
        self.answers = 0
        self.on_room: Callable[[], None] = lambda: None
        self.progress = asyncio.Event()

    @property
    def open(self) -> int:
        """How many claimed deliveries have no answer yet."""
        return len(self._claims) - len(self._answers)

    @property
    def uncommitted(self) -> int:
        """How many answers are not written yet."""
        return len(self._answers)

    def hold(self, deliveries: Sequence[Delivery]) -> None:
        """Takes claimed deliveries into its care."""
        self._claims.update((delivery.id, delivery.token) for delivery in deliveries)

    def answered(self, delivery: Delivery, outcome: Outcome | None) -> None:
        """Takes what became of one; None is "not begun"."""
        self._answers.append((delivery, outcome))
        self.answers += 1
        self._some.set()
        if len(self._answers) >= BATCH:
            self._full.set()
        if self.open <= self._low:
            self.progress.set()

    def call_at(self, low: int) -> None:
        """Sets `progress` once so few are open."""
        self._low = low
        self.progress.clear()
        if self.open <= low:
            self.progress.set()

    async def keep(self) -> None:
        """Settles and renews until it is cancelled."""
        loop = asyncio.get_running_loop()
        interval = self._outbox.lease.total_seconds() / 3
        renewal = loop.time() + interval
        while True:
            await _either(self._some, min(interval, 1.0))
            if self._answers:
                await _either(self._full, SECONDS)
                await self.flush()
            if loop.time() >= renewal:
                await self._renew()
                renewal = loop.time() + interval

    async def flush(self) -> None:
        """Writes all answers that have come."""
        async with self._writing:
            while self._answers:
                batch = self._answers[:BATCH]
                await self._write(batch)
                # Only now: what was not written is still ours to write.
                del self._answers[: len(batch)]
                for delivery, _ in batch:
                    self._claims.pop(delivery.id, None)
                self.on_room()
            self._full.clear()
            self._some.clear()

    async def _write(self, batch: Sequence[Answered]) -> None:
        now = self._clock()
        settlements = [
            (delivery.id, delivery.token, settle(delivery, outcome, now, self._settings))
            for delivery, outcome in batch
            if outcome is not None
        ]
        back = [(delivery.id, delivery.token) for delivery, outcome in batch if outcome is None]
        if settlements:
            write = partial(self._outbox.settle, settlements, now)
            written = set(await self._patience.call(write))
            self._count(settlements, written)
            await self._follow(batch, settlements, written, now)
        if back:
            await self._patience.call(partial(self._outbox.release, back, now))

    async def _follow(
        self,
        batch: Sequence[Answered],
        settlements: Sequence[tuple[int, int, Settlement]],
        written: set[int],
        now: datetime,
    ) -> None:
        """What a final refusal means for its address."""
        rows = {delivery.id: delivery for delivery, _ in batch}
        for number, _, s in settlements:
            ended = s.next_attempt_at is None and s.state is not DeliveryState.ACCEPTED
            if self._refused and ended and number in written:
                told = rows[number]._replace(
                    state=s.state, code=s.code, enhanced=s.enhanced, text=s.text
                )
                await self._patience.call(partial(self._refused, told, now))

    def _count(self, settlements: Sequence[tuple[int, int, Settlement]], written: set[int]) -> None:
        self._report.counts.update(s.state for number, _, s in settlements if number in written)
        self._report.lost_claims += len(settlements) - len(written)

    async def _renew(self) -> None:
        claims = list(self._claims.items())
        await self._patience.call(partial(self._outbox.renew, claims, self._clock()))


async def _either(event: asyncio.Event, seconds: float) -> None:
    # Not `wait_for`: before Python 3.12 it forgets that it was cancelled where the event comes
    # at the same moment, and who waits for the end of `keep` would wait forever.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
