"""The loop that sends: claim, render, submit, settle.

The database and the renderer work in threads, the network in the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from digest.delivery.mailer import Mailer, StreamingMailer
from digest.delivery.outbox import Claimed, Outbox
from digest.delivery.owner import new_owner
from digest.delivery.patience import Patience
from digest.delivery.report import Report
from digest.delivery.settler import Refused, Settler
from digest.delivery.tasks import streaming
from digest.errors import MailerRefused
from digest.model import Delivery, DeliveryState, Message, Outcome
from digest.settings import Delivering
from subscribers.errors import PaperDigestError

Render = Callable[[Delivery], Message]
Clock = Callable[[], datetime]

LARGEST_CLAIM = 200
STOP_SECONDS = 30.0
POLL_SECONDS = 5.0


def utc_now() -> datetime:
    """The clock of a real run."""
    return datetime.now(UTC)


class Sender:
    """Empties an outbox into a mailer. Several may share one outbox.

    Args:
        outbox: what is to be sent.
        mailer: where to; it stays open.
        render: makes a delivery's message; called in a thread.
        settings: how long and how often to try.
        clock: gives the present instant.
        kinds: only these, None for all.
        only: only of subscribers with these ids, None for all.
        refused: hears of every delivery that ended without being accepted: `Judge.refused`
            suppresses addresses that are gone, and counts soft bounces.
    """

    def __init__(
        self,
        outbox: Outbox,
        mailer: Mailer,
        render: Render,
        settings: Delivering,
        clock: Clock = utc_now,
        *,
        kinds: frozenset[str] | None = None,
        only: frozenset[int] | None = None,
        refused: Refused | None = None,
    ) -> None:
        self._outbox = outbox
        self._mailer: StreamingMailer = streaming(mailer)
        self._render = render
        self._settings = settings
        self._clock = clock
        self._kinds = kinds
        self._only = only
        self._owner = new_owner()
        self._refused = refused
        self._patience = Patience()

    async def run(
        self, *, wait: timedelta = timedelta(), stop: asyncio.Event | None = None
    ) -> Report:
        """Sends what is due, and what becomes due within `wait`; says what came of it.

        Args:
            wait: how long to stay for what is due later or deferred.
            stop: once set, what is under way gets 30 seconds to end; the rest goes back.

        Raises:
            DatabaseError: the database stayed away for longer than the sender's patience.
        """
        report = Report()
        settler = Settler(
            self._outbox, self._settings, self._clock, self._patience, report, self._refused
        )
        keeping = asyncio.create_task(settler.keep())
        until = time.monotonic() + wait.total_seconds()
        await self._patience.call(partial(self._outbox.take_over, self._clock()))
        try:
            report.reason = await self._feed(settler, report, until, stop or asyncio.Event())
        finally:
            await self._drain(settler)
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await settler.flush()
        report.waiting = await self._patience.call(partial(self._outbox.waiting, self._only))
        if report.waiting and self._mailer.error:
            report.reason = report.reason or str(self._mailer.error)
        return report

    async def _feed(
        self, settler: Settler, report: Report, until: float, stop: asyncio.Event
    ) -> str:
        """Gives the mailer work until there is none; returns why it ended early, or ""."""
        pace = _Pace(self._mailer.room)
        while not stop.is_set():
            if error := self._mailer.error:
                if not await self._may_retry(settler, until, stop):
                    return str(error)
                continue
            wanted = pace.wanted(settler.answers)
            settler.call_at(wanted // 2)
            await _first(settler.progress, stop, POLL_SECONDS)
            claimed = await self._claim(wanted - settler.open, report)
            if claimed.deliveries:
                await self._submit(claimed.deliveries, settler)
            elif not claimed.skipped and not await self._rest(settler, until, stop):
                return self._held_back()
        return "asked to stop"

    async def _claim(self, room: int, report: Report) -> Claimed:
        if room <= 0:
            return Claimed()
        claim = partial(
            self._outbox.claim,
            self._owner,
            min(room, LARGEST_CLAIM),
            self._clock(),
            kinds=self._kinds,
            only=self._only,
            without=self._mailer.closed,
        )
        claimed = await self._patience.call(claim)
        report.skipped.update(claimed.skipped)
        return claimed

    async def _submit(self, deliveries: Sequence[Delivery], settler: Settler) -> None:
        settler.hold(deliveries)
        rendered = await asyncio.to_thread(self._render_all, deliveries)
        for delivery, message in zip(deliveries, rendered, strict=True):
            if isinstance(message, Outcome):
                settler.answered(delivery, message)
            else:
                self._mailer.submit(message, partial(settler.answered, delivery))

    def _render_all(self, deliveries: Sequence[Delivery]) -> list[Message | Outcome]:
        return [self._render_one(delivery) for delivery in deliveries]

    def _render_one(self, delivery: Delivery) -> Message | Outcome:
        try:
            return self._render(delivery)
        except PaperDigestError as error:
            return Outcome(state=DeliveryState.FAILED, text=str(error))

    async def _rest(self, settler: Settler, until: float, stop: asyncio.Event) -> bool:
        """With nothing to claim: waits for answers, or for what is due next. False: the end."""
        if settler.open:
            settler.call_at(settler.open - 1)
            await _first(settler.progress, stop, POLL_SECONDS)
            return True
        await settler.flush()
        at = await self._patience.call(partial(self._outbox.next_attempt_at, self._only))
        closed = min(self._mailer.closed.values(), default=0.0)
        seconds = (at - self._clock()).total_seconds() if at else float("inf")
        seconds = max(seconds, closed, 0.01)
        if time.monotonic() + seconds > until:
            return False
        await _first(stop, stop, min(seconds, POLL_SECONDS))
        return True

    def _held_back(self) -> str:
        """Why what is due is not sent, "" where nothing is held back."""
        closed = sorted(self._mailer.closed)
        return f"{', '.join(closed)} refuses or asks for patience" if closed else ""

    async def _may_retry(self, settler: Settler, until: float, stop: asyncio.Event) -> bool:
        """After the server refused or was not reached: whether to go on, after a pause."""
        await self._drain(settler)
        left = until - time.monotonic()
        if isinstance(self._mailer.error, MailerRefused) or left <= 0:
            return False
        await _first(stop, stop, min(POLL_SECONDS, left))
        self._mailer.retry()
        return True

    async def _drain(self, settler: Settler) -> None:
        """What has not begun goes back; what is under way gets time to end, and is cut off."""
        self._mailer.recall()
        ends = time.monotonic() + STOP_SECONDS
        while settler.open and (left := ends - time.monotonic()) > 0:
            settler.call_at(0)
            await _first(settler.progress, settler.progress, left)
        if settler.open:
            await self._mailer.aclose()
        await settler.flush()


class _Pace:
    """How many deliveries to have claimed: what is sent in about a second.

    Fewer would leave connections idle; more would let time pass between the claim, which
    checks consent, and the sending.
    """

    def __init__(self, room: int) -> None:
        self._least = 2 * room
        self._wanted = float(self._least)
        self._answers = 0
        self._at = time.monotonic()

    def wanted(self, answers: int) -> int:
        """The number for now, given how many answers have come since the start."""
        now = time.monotonic()
        if now - self._at >= 0.2:
            rate = (answers - self._answers) / (now - self._at)
            self._wanted = min(max(rate, self._least), self._wanted * 2, 2.0 * LARGEST_CLAIM)
            self._answers, self._at = answers, now
        return int(max(self._wanted, self._least))


async def _first(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    """Waits until either is set, or the time is over."""
    tasks = [asyncio.ensure_future(event.wait()) for event in {one, other}]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
