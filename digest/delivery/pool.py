"""A pool of warm connections to one mail server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from digest.delivery.allowance import NEVER, Allowance, Shared
from digest.delivery.connect import Server, connect
from digest.delivery.lanes import Job, Lanes, in_words, refuses_us
from digest.delivery.mailer import Answer
from digest.delivery.pacing import Limits, is_policy
from digest.delivery.plan import domain_of
from digest.delivery.smtp import Connection
from digest.delivery.transaction import Step, Verdict
from digest.delivery.warm import WarmConnections
from digest.errors import MailerRefused, MailerUnreachable
from digest.model import DeliveryState, Message, Outcome

LONGEST_WAIT = 10.0  # seconds that a message waits here for its domain; else in the outbox
BREAKS = 3  # connections in a row that ended without an answer: nobody sensible is there
OPEN_PAUSE = 5.0  # seconds without a new connection, after one was refused beside others


class SmtpMailer:
    """Sends over SMTP: a mailer whose messages may be many at once.

    Args:
        server: where to.
        limits: of the pool.
        shared: counts the quotas of all senders; None counts those of this mailer alone.
    """

    def __init__(
        self, server: Server, limits: Limits | None = None, shared: Shared | None = None
    ) -> None:
        self._server = server
        self._limits = limits or Limits()
        self._allowance = Allowance(self._limits.quotas, shared)
        self._lanes = Lanes(self._limits.connections, self._allowance)
        self._warm = WarmConnections(server, self._limits)
        self._opening: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._chunking = True
        self._breaks = 0
        self._open_after = 0.0
        self._error: MailerRefused | MailerUnreachable | None = None

    @property
    def room(self) -> int:
        """How many messages it can work on at once."""
        return self._limits.connections

    @property
    def error(self) -> MailerRefused | MailerUnreachable | None:
        """Why it takes nothing at present."""
        return self._error

    @property
    def closed(self) -> Mapping[str, float]:
        """Recipient domains that are to wait, with the seconds until they may go on."""
        return self._lanes.closed(asyncio.get_running_loop().time())

    @property
    def pauses(self) -> Mapping[str, tuple[float, str]]:
        """Domains (`*`: the relay) to which nothing goes, for how many seconds, and why."""
        return self._lanes.pauses(asyncio.get_running_loop().time())

    def reopen(self, domain: str) -> None:
        """Ends a pause before its time."""
        self._lanes.reopen(domain)

    async def send(self, message: Message) -> Outcome:
        """Delivers one message; a cancelled one ends its connection.

        Raises:
            MailerUnreachable: nothing was sent; it may go later.
            MailerRefused: nothing was sent; a person has to act.
        """
        future: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()

        def answer(outcome: Outcome | None) -> None:
            if not future.done():
                future.set_result(outcome)

        job = self._take(message, answer)
        try:
            outcome = await future
        except asyncio.CancelledError:
            self._withdraw(job)
            raise
        if outcome is None:
            raise self._error or MailerUnreachable(
                server=self._server.name, reason=f"{job.domain} has to wait"
            )
        return outcome

    def submit(self, message: Message, answer: Answer) -> None:
        """Takes a message; `answer` hears once what became of it."""
        self._take(message, answer)

    async def verify(self) -> None:
        """Signs in once and leaves.

        Raises:
            MailerUnreachable: the server cannot be reached.
            MailerRefused: it does not want us.
        """
        (await connect(self._server, lambda _connection: None)).close()

    def recall(self) -> None:
        """Answers "not begun" for what has not begun; what is under way goes on."""
        for job in list(self._lanes.clear()):
            job.answer(None)

    def retry(self) -> None:
        """Forgets an error: the next message tries again. A used-up quota is not forgotten."""
        if isinstance(self._error, MailerRefused):
            self._lanes = Lanes(self._limits.connections, self._allowance)
        if self._allowance.blocked(asyncio.get_running_loop().time()) <= LONGEST_WAIT:
            self._error = None

    async def aclose(self) -> None:
        """Ends all connections for good; a message under way is cut off, and its answer says so."""
        self._stop(MailerUnreachable(server=self._server.name, reason="the sender is ending"))
        if self._alarm:
            self._alarm.cancel()
        opening = list(self._opening)
        for task in opening:
            task.cancel()
        await self._warm.aclose()
        self.recall()  # what had not begun on a connection that was cut
        await asyncio.gather(*opening, return_exceptions=True)
        await self._allowance.give_back()

    def _take(self, message: Message, answer: Answer) -> Job:
        job = Job(message, answer, domain_of(message.recipient))
        now = asyncio.get_running_loop().time()
        paused = self._lanes.pause(job.domain, now) > LONGEST_WAIT
        if self._warm.ended or self._error is not None or paused:
            answer(None)
            return job
        self._lanes.add(job)
        self._work()
        return job

    # Giving work to connections

    def _work(self) -> None:
        """Starts what may start, opening connections where there are too few."""
        if self._warm.ended:
            return
        now = asyncio.get_running_loop().time()
        if self._limits.quotas and self._lanes.waiting:
            self._ask(now)
        while self._warm.idle and (job := self._lanes.next(now)):
            self._start(self._warm.take(), job)
        if self._lanes.waiting and not self._warm.idle and now >= self._open_after:
            width = min(int(self._lanes.relay.width), self._limits.connections)
            wanted = min(self._lanes.waiting, width - self._warm.busy)
            for _ in range(wanted - len(self._opening)):
                task = asyncio.get_running_loop().create_task(self._warm.open())
                self._opening.add(task)
                task.add_done_callback(self._opened)
        elif self._lanes.waiting and not self._warm.busy:
            self._wake(now)

    def _wake(self, now: float) -> None:
        """Nothing may start and no answer will come to say so: time will."""
        seconds = self._lanes.first_change(now)
        if seconds in (None, NEVER):
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(max(seconds, 0.001), self._work)

    def _start(self, connection: Connection, job: Job) -> None:
        if connection.features.chunking and not self._chunking:
            connection.features = replace(connection.features, chunking=False)
        self._warm.start(connection, job, self._ended)

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, (MailerRefused, MailerUnreachable)):
            self._fail(error)
        elif error is not None:
            # Nothing that waits for an answer may wait forever, whatever went wrong.
            self._fail(MailerUnreachable(server=self._server.name, reason=repr(error)))
        else:
            self._work()

    def _ask(self, now: float) -> None:
        """Tokens where there are none; where none are to be had for long, nothing waits here."""
        self._allowance.ask(self._lanes.waiting, now, self._allowed)
        # While it is asked nothing goes anyway, and only the answer knows when more may be had.
        if not self._allowance.asking and self._allowance.blocked(now) > LONGEST_WAIT:
            self._stop(self._allowance.used_up(self._server.name, now))

    def _allowed(self) -> None:
        """The count of the quotas has answered."""
        if self._allowance.error is not None:
            self._stop(MailerUnreachable(server=self._server.name, reason=self._allowance.error))
        self._work()

    # Hearing from them

    def _ended(self, connection: Connection, verdict: Verdict) -> None:
        job = self._warm.finished(connection, verdict.alive)
        outcome = verdict.outcome
        if outcome.state is DeliveryState.UNCERTAIN:
            # Over DATA the answer to the envelope, and to which command it is, is certain.
            self._chunking = False
        unanswered = not outcome.code and not verdict.alive
        if unanswered and verdict.step is not Step.BODY:
            self._lanes.back(job)  # its message had not begun: another connection may take it
        else:
            self._judged(job, verdict)
        self._count_breaks(outcome.text if unanswered else "")
        self._work()

    def _count_breaks(self, broken: str) -> None:
        """So many connections in a row that gave no answer: no more is risked there for now."""
        self._breaks = self._breaks + 1 if broken else 0
        if self._breaks >= BREAKS:
            self._breaks = 0
            self._stop(MailerUnreachable(server=self._server.name, reason=broken))

    def _judged(self, job: Job, verdict: Verdict) -> None:
        now = asyncio.get_running_loop().time()
        outcome = verdict.outcome
        against_us = self._lanes.ended(job, verdict, now)
        if refuses_us(verdict):
            self._stop(MailerRefused(server=self._server.name, reason=in_words(outcome)))
            job.answer(None)
            return
        if is_policy(outcome):
            # The sender's fault: the reader has not bounced.
            outcome = replace(outcome, state=DeliveryState.FAILED)
        job.answer(outcome)
        if against_us:
            self._stop(MailerRefused(server=self._server.name, reason=against_us))
        elif outcome.state is not DeliveryState.ACCEPTED:
            for surplus in list(self._lanes.surplus(now)):
                surplus.answer(None)

    def _fail(self, error: MailerRefused | MailerUnreachable) -> None:
        """A connection could not be had: with others open, they go on alone for a while."""
        if isinstance(error, MailerUnreachable) and (self._warm.busy or self._warm.idle):
            self._open_after = asyncio.get_running_loop().time() + OPEN_PAUSE
        else:
            self._stop(error)

    def _stop(self, error: MailerRefused | MailerUnreachable) -> None:
        """Takes nothing more, and gives back what has not begun."""
        self._error = error
        self.recall()

    def _withdraw(self, job: Job) -> None:
        if not self._lanes.remove(job):
            self._warm.cut(job)
