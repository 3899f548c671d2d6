"""Between the sender and the mailer: gives no more than may be in doubt at once.

What has been given to the mailer and is not committed is what a crash repeats. So the mailer
gets a little more than it can work on, and nothing while a hundred answers wait to be written.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from digest.delivery.mailer import StreamingMailer
from digest.delivery.settler import BATCH, Settler
from digest.model import Delivery, Message, Outcome

UNCOMMITTED = 2 * BATCH  # one batch on its way to the database, one filling


class Feeder:
    """Hands messages on as answers come back and are written.

    Args:
        mailer: gets the messages.
        settler: gets the answers.
    """

    def __init__(self, mailer: StreamingMailer, settler: Settler) -> None:
        self._mailer = mailer
        self._settler = settler
        self._ready: deque[tuple[Delivery, Message]] = deque()
        self._given = 0
        self._most = 2 * mailer.room
        self._busy = False
        self._halted = False
        settler.on_room = self.pump

    def add(self, delivery: Delivery, message: Message) -> None:
        """Takes a message that is ready."""
        self._ready.append((delivery, message))

    def pump(self) -> None:
        """Gives what may go. An answer that comes at once does not begin another round."""
        if self._busy or self._halted:
            return
        self._busy = True
        while self._ready and self._given < self._most:
            if self._settler.uncommitted >= UNCOMMITTED:
                break
            delivery, message = self._ready.popleft()
            self._given += 1
            self._mailer.submit(message, partial(self._answered, delivery))
        self._busy = False

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Gives nothing on within it; what has not begun by its end goes back."""
        self._recall()
        self._halted = True
        try:
            yield
        finally:
            self._halted = False
            self._recall()

    def _recall(self) -> None:
        while self._ready:
            self._settler.answered(self._ready.popleft()[0], None)
        self._mailer.recall()

    def _answered(self, delivery: Delivery, outcome: Outcome | None) -> None:
        self._given -= 1
        self._settler.answered(delivery, outcome)
        self.pump()
