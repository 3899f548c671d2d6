"""A pool of warm connections to one mail server."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from digest.delivery.connect import Server, connect
from digest.delivery.mailer import Answer
from digest.delivery.smtp import Connection, Step, Verdict
from digest.errors import MailerRefused, MailerUnreachable
from digest.model import DeliveryState, Message, Outcome

Connect = Callable[[Server, Callable[[Connection], None]], Awaitable[Connection]]

WATCH_SECONDS = 1.0
TRIES = 3  # of a message whose connection broke before the message began


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection and the pool may do.

    Attributes:
        connections: at most so many at once.
        messages: so many over one connection.
        age: seconds after which a connection is renewed.
        idle: seconds without work after which it is closed.
    """

    connections: int = 4
    messages: int = 100
    age: float = 300.0
    idle: float = 30.0


@dataclass(slots=True)
class _Job:
    message: Message
    answer: Answer
    tries: int = 0


class SmtpMailer:
    """Sends over SMTP: a mailer whose messages may be many at once.

    Args:
        server: where to.
        limits: of the pool.
    """

    def __init__(self, server: Server, limits: Limits | None = None) -> None:
        self._server = server
        self._limits = limits or Limits()
        self._queue: deque[_Job] = deque()
        self._idle: deque[Connection] = deque()
        self._busy: dict[Connection, _Job] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._chunking = True
        self._error: MailerRefused | MailerUnreachable | None = None

    @property
    def room(self) -> int:
        """How many messages it can work on at once."""
        return self._limits.connections

    @property
    def error(self) -> MailerRefused | MailerUnreachable | None:
        """Why it takes nothing at present."""
        return self._error

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
            raise self._error or MailerUnreachable(server=self._server.name, reason="closed")
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
        connection = await connect(self._server, lambda _connection: None)
        connection.close()

    def recall(self) -> None:
        """Answers "not begun" for what has not begun; what is under way goes on."""
        while self._queue:
            self._queue.popleft().answer(None)

    def retry(self) -> None:
        """Forgets a failure: the next message tries the server again."""
        self._error = None

    async def aclose(self) -> None:
        """Ends all connections; a message under way is cut off, and its answer says so."""
        tasks = [*self._opening, *([self._watcher] if self._watcher else [])]
        for task in tasks:
            task.cancel()
        for connection in list(self._busy):
            connection.abort("the sender is ending")
        while self._idle:
            self._idle.popleft().close()
        self.recall()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, message: Message, answer: Answer) -> _Job:
        job = _Job(message, answer)
        if self._error is not None:
            answer(None)
            return job
        self._queue.append(job)
        self._work()
        return job

    def _work(self) -> None:
        """Gives the queue's messages to connections, opening more where there is room."""
        while self._queue and self._idle:
            self._start(self._idle.pop())
        wanted = min(len(self._queue), self._limits.connections - len(self._busy))
        for _ in range(wanted - len(self._opening)):
            task = asyncio.get_running_loop().create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opened)

    def _start(self, connection: Connection) -> None:
        job = self._queue.popleft()
        job.tries += 1
        self._busy[connection] = job
        connection.submit(job.message, self._ended)

    async def _open(self) -> None:
        connection = await connect(self._server, self._lost)
        if not self._chunking:
            connection.features = replace(connection.features, chunking=False)
        self._idle.append(connection)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.get_running_loop().create_task(self._watch())

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

    def _ended(self, connection: Connection, verdict: Verdict) -> None:
        job = self._busy.pop(connection)
        outcome = verdict.outcome
        if verdict.alive and self._fresh(connection):
            self._idle.append(connection)
        else:
            connection.close()
        if outcome.state is DeliveryState.UNCERTAIN:
            # Over DATA a break before the answer to the envelope is certainly no delivery.
            self._chunking = False
        broken = not verdict.begun and not outcome.code and not verdict.alive
        if broken and job.tries < TRIES:
            self._queue.appendleft(job)
        elif broken:
            self._fail(MailerUnreachable(server=self._server.name, reason=outcome.text))
            job.answer(None)
        elif _refuses_us(verdict):
            self._fail(MailerRefused(server=self._server.name, reason=_words(outcome)))
            job.answer(None)
        else:
            job.answer(outcome)
        self._work()

    def _fresh(self, connection: Connection) -> bool:
        young = asyncio.get_running_loop().time() - connection.opened < self._limits.age
        return young and connection.sent < self._limits.messages

    def _lost(self, connection: Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)

    def _fail(self, error: MailerRefused | MailerUnreachable) -> None:
        """Without any connection the queue goes back; with one it goes on over that."""
        if isinstance(error, MailerUnreachable) and (self._busy or self._idle):
            return
        self._error = error
        self.recall()

    def _withdraw(self, job: _Job) -> None:
        if job in self._queue:
            self._queue.remove(job)
        for connection, current in list(self._busy.items()):
            if current is job:
                connection.abort("the delivery was cancelled")

    async def _watch(self) -> None:
        """Ends what is past its deadline, and what has had nothing to do for long."""
        loop = asyncio.get_running_loop()
        while self._busy or self._idle:
            await asyncio.sleep(WATCH_SECONDS)
            now = loop.time()
            for connection in [c for c in self._busy if c.deadline < now]:
                connection.abort("the server did not answer in time")
            while self._idle and not self._busy and not self._fresh(self._idle[0]):
                self._idle.popleft().close()


def _refuses_us(verdict: Verdict) -> bool:
    """The server refuses the sender, not the recipient: at MAIL, for good, not for its size."""
    outcome = verdict.outcome
    permanent = outcome.state is DeliveryState.BOUNCED
    return verdict.step is Step.MAIL and permanent and outcome.enhanced not in ("5.3.4", "5.2.3")


def _words(outcome: Outcome) -> str:
    return " ".join(part for part in (str(outcome.code), outcome.enhanced, outcome.text) if part)
