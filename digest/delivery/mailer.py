"""What every mailer is: something that takes messages and says what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from digest.errors import MailerRefused, MailerUnreachable
from digest.model import Message, Outcome

#: Hears what became of a message; None is "not begun": it goes back to the outbox as it was.
Answer = Callable[[Outcome | None], None]


class Mailer(Protocol):
    """Takes a message at a time. A preview differs from a delivery in its mailer alone."""

    async def send(self, message: Message) -> Outcome:
        """Delivers one message.

        Raises:
            MailerUnreachable: nothing was sent; it may go later.
            MailerRefused: nothing was sent; a person has to act.
        """
        ...

    async def aclose(self) -> None:
        """Ends what is open; a message under way is cut off, and its answer says so."""
        ...


@runtime_checkable
class StreamingMailer(Mailer, Protocol):
    """A mailer that takes messages without a task for each, which a fast sender needs."""

    @property
    def room(self) -> int:
        """How many messages it can work on at once."""
        ...

    @property
    def error(self) -> MailerRefused | MailerUnreachable | None:
        """Why it takes nothing at present."""
        ...

    @property
    def closed(self) -> Mapping[str, float]:
        """Recipient domains that are to wait, with the seconds until they may go on."""
        ...

    @property
    def pauses(self) -> Mapping[str, tuple[float, str]]:
        """Recipient domains (`*`: all) to which nothing goes, for how many seconds, and why."""
        ...

    def reopen(self, domain: str) -> None:
        """Ends a pause before its time."""
        ...

    def submit(self, message: Message, answer: Answer) -> None:
        """Takes a message; `answer` hears once what became of it."""
        ...

    def recall(self) -> None:
        """Answers "not begun" for what has not begun; what is under way goes on."""
        ...

    def retry(self) -> None:
        """Forgets an error: the next message tries again."""
        ...
