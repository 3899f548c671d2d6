"""Any mailer as a streaming one: a task for each message."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import cast

from digest.delivery.mailer import Answer, Mailer, StreamingMailer
from digest.errors import MailerRefused, MailerUnreachable
from digest.model import DeliveryState, Message, Outcome

ROOM = 10


def streaming(mailer: Mailer) -> StreamingMailer:
    """The mailer itself where it streams, else tasks around it."""
    return mailer if isinstance(mailer, StreamingMailer) else TaskMailer(mailer)


class TaskMailer:
    """Streams into a mailer that only has `send`.

    Args:
        mailer: is sent to, by at most ten tasks at once.
    """

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self._queue: deque[tuple[Message, Answer]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: MailerRefused | MailerUnreachable | None = None

    @property
    def room(self) -> int:
        """How many messages it can work on at once."""
        return ROOM

    @property
    def error(self) -> MailerRefused | MailerUnreachable | None:
        """Why it takes nothing at present."""
        return self._error

    @property
    def closed(self) -> Mapping[str, float]:
        """No domain has to wait."""
        return {}

    @property
    def pauses(self) -> Mapping[str, tuple[float, str]]:
        """None of them is paused."""
        return {}

    def reopen(self, domain: str) -> None:
        """There is nothing to open."""

    async def send(self, message: Message) -> Outcome:
        """Delivers one message."""
        return await self._mailer.send(message)

    def submit(self, message: Message, answer: Answer) -> None:
        """Takes a message; `answer` hears once what became of it."""
        if self._error:
            answer(None)
            return
        self._queue.append((message, answer))
        if len(self._tasks) < ROOM:
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)  # one that was cancelled early

    def recall(self) -> None:
        """Answers "not begun" for what has not begun."""
        while self._queue:
            self._queue.popleft()[1](None)

    def retry(self) -> None:
        """Forgets an error."""
        self._error = None

    async def aclose(self) -> None:
        """Cuts off what is under way and closes the mailer."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._mailer.aclose()

    async def _work(self) -> None:
        try:
            while self._queue:
                message, answer = self._queue.popleft()
                await self._one(message, answer)
        finally:
            # At once: a message that comes before the loop's next turn needs a new task.
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _one(self, message: Message, answer: Answer) -> None:
        try:
            answer(await self._mailer.send(message))
        except (MailerRefused, MailerUnreachable) as error:
            self._error = error
            answer(None)
            self.recall()
        except asyncio.CancelledError:
            answer(Outcome(state=DeliveryState.UNCERTAIN, text="the sender was ending"))
            raise
