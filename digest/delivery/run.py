"""One run of a sender: claim, compose, sign, submit, settle.

The database works in threads and RSA in processes; the rest, all of it short, in the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from digest.delivery.composing import Composer
from digest.delivery.feeder import Feeder
from digest.delivery.mailer import StreamingMailer
from digest.delivery.outbox import Claimed, Outbox
from digest.delivery.patience import Patience
from digest.delivery.pausing import Pausing
from digest.delivery.report import Report
from digest.delivery.settler import Refused, Settler
from digest.errors import MailerRefused
from digest.model import Delivery
from digest.settings import Delivering
from subscribers.errors import PaperDigestError

Clock = Callable[[], datetime]

LARGEST_CLAIM = 500
STOP_SECONDS = 30.0
POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a sender is made of; its attributes are those of `Sender`."""

    outbox: Outbox
    mailer: StreamingMailer
    composer: Composer
    settings: Delivering
    clock: Clock
    kinds: frozenset[str] | None
    only: frozenset[int] | None
    between: tuple[int, int] | None
    refused: Refused | None
    owner: str
    patience: Patience
    cores: int | None


class Run:
    """One run of a sender.

    Args:
        of: what the sender is made of.
        stop: once set, the run ends.
        until: for so long it stays for what is due later, by the monotonic clock.
    """

    def __init__(self, of: Parts, stop: asyncio.Event, until: float) -> None:
        self._of = of
        self._stop = stop
        self._until = until
        self._report = Report()
        self._settler = Settler(
            of.outbox, of.settings, of.clock, of.patience, self._report, of.refused
        )
        self._feeder = Feeder(of.composer, of.mailer, self._settler, of.cores)
        self._pausing = Pausing(of.outbox.pauses, of.mailer, of.owner, of.clock, of.patience)
        self._warmed: set[tuple[int | None, str, str]] = set()

    async def go(self) -> Report:
        """From the first claim to the last answer."""
        of, report = self._of, self._report
        await of.patience.call(partial(of.outbox.take_over, of.clock()))
        keeping = asyncio.create_task(self._settler.keep())
        try:
            report.reason = await self._feed(keeping)
        finally:
            try:
                await self._drain()
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)
                self._feeder.close()
            await self._settler.flush()
            await self._pausing.end()
        report.waiting = await of.patience.call(partial(of.outbox.waiting, of.only, of.between))
        if report.waiting and of.mailer.error:
            report.reason = report.reason or str(of.mailer.error)
        return report

    async def _feed(self, keeping: asyncio.Task[None]) -> str:
        """Gives the mailer work until there is none; returns why it ended early, or ""."""
        pace = _Pace(self._of.mailer.room)
        while not self._stop.is_set():
            if keeping.done():  # nobody writes answers any more, for a reason
                keeping.result()
            if failure := self._feeder.failure:
                raise failure
            if error := self._of.mailer.error:
                if not await self._may_retry():
                    return str(error)
                continue
            wanted = pace.wanted(self._settler.answers)
            self._settler.call_at(wanted // 2)
            await _first(self._settler.progress, self._stop, POLL_SECONDS)
            claimed = await self._claim(wanted - self._settler.open)
            if claimed.deliveries:
                self._settler.hold(claimed.deliveries)
                await self._warm(claimed.deliveries)
                self._feeder.add(claimed.deliveries)
            elif not claimed.skipped and not await self._rest():
                return await self._held_back()
        return "asked to stop"

    async def _claim(self, room: int) -> Claimed:
        await self._pausing.look()
        if room <= 0:
            return Claimed()
        claim = partial(
            self._of.outbox.claim,
            self._of.owner,
            min(room, LARGEST_CLAIM),
            self._of.clock(),
            kinds=self._of.kinds,
            only=self._of.only,
            between=self._of.between,
            without=self._pausing.closed,
        )
        claimed = await self._of.patience.call(claim)
        self._report.skipped.update(claimed.skipped)
        return claimed

    async def _warm(self, deliveries: Sequence[Delivery]) -> None:
        """Makes the first message of each kind in a thread: it reads papers and templates."""
        kinds = {(one.snapshot, one.template, one.kind): one for one in deliveries}
        new = [one for kind, one in kinds.items() if kind not in self._warmed]
        self._warmed |= kinds.keys()
        if new:
            await self._of.patience.call(partial(_composed, self._of.composer, new))

    async def _rest(self) -> bool:
        """With nothing to claim: waits for answers, or for what is due next. False: the end."""
        if self._settler.open:
            self._settler.call_at(self._settler.open - 1)
            await _first(self._settler.progress, self._stop, POLL_SECONDS)
            return True
        await self._settler.flush()
        of = self._of
        if await of.patience.call(partial(of.outbox.take_over, of.clock())):
            return True  # a sender beside this one was killed meanwhile
        seconds = await self._next()
        if time.monotonic() + seconds > self._until:
            return False
        await _first(self._stop, self._stop, min(seconds, POLL_SECONDS))
        return True

    async def _next(self) -> float:
        """Seconds until something may be claimed; infinite where nothing waits."""
        of, closed = self._of, self._pausing.closed
        find = partial(of.outbox.next_attempt_at, of.only, of.between, closed)
        at = await of.patience.call(find)
        seconds = [closed[domain] for domain in await self._waiting_in(closed)]
        seconds += [(at - of.clock()).total_seconds()] if at else []
        return max(min(seconds, default=float("inf")), 0.01)

    async def _waiting_in(self, domains: Collection[str]) -> list[str]:
        of = self._of
        find = partial(of.outbox.waiting_domains, domains, of.only, of.between)
        return await of.patience.call(find) if domains else []

    async def _held_back(self) -> str:
        """Why what is due is not sent, "" where nothing is held back."""
        closed = await self._waiting_in(self._pausing.closed)
        return f"{', '.join(closed)} refuses or asks for patience" if closed else ""

    async def _may_retry(self) -> bool:
        """After the server refused or was not reached: whether to go on, after a pause."""
        await self._drain()
        left = self._until - time.monotonic()
        if isinstance(self._of.mailer.error, MailerRefused) or left <= 0:
            return False
        await _first(self._stop, self._stop, min(POLL_SECONDS, left))
        self._of.mailer.retry()
        return True

    async def _drain(self) -> None:
        """What has not begun goes back; what is under way gets time to end, and is cut off."""
        self._feeder.recall()
        ends = time.monotonic() + STOP_SECONDS
        while self._settler.open and (left := ends - time.monotonic()) > 0:
            self._settler.call_at(0)
            await _first(self._settler.progress, self._settler.progress, left)
        if self._settler.open:
            await self._of.mailer.aclose()
        await self._settler.flush()


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
        if now - self._at >= 0.05:
            rate = (answers - self._answers) / (now - self._at)
            self._wanted = min(max(rate, self._least), self._wanted * 2, 2.0 * LARGEST_CLAIM)
            self._answers, self._at = answers, now
        return int(max(self._wanted, self._least))


def _composed(composer: Composer, deliveries: Sequence[Delivery]) -> None:
    for delivery in deliveries:
        with suppress(PaperDigestError):  # said again where the message is really made
            composer.compose(delivery)


async def _first(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    """Waits until either is set, or the time is over."""
    tasks = [asyncio.ensure_future(event.wait()) for event in {one, other}]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
