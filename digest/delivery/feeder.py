"""Between the sender and the mailer: gives no more than may be in doubt at once.

What has been given to the mailer and is not committed is what a crash repeats. So the mailer
gets a little more than it can work on, and nothing while a hundred answers wait to be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from digest.delivery.composing import Composer, Making
from digest.delivery.mailer import StreamingMailer
from digest.delivery.settler import BATCH, Settler
from digest.model import Delivery, Message, Outcome

UNCOMMITTED = 2 * BATCH  # one batch on its way to the database, one filling


class Feeder:
    """Makes messages of what was claimed, and hands them on as answers are written.

    Args:
        composer: makes the messages.
        mailer: gets them.
        settler: gets the answers.
        cores: as in `Making`.
    """

    def __init__(
        self,
        composer: Composer,
        mailer: StreamingMailer,
        settler: Settler,
        cores: int | None = None,
    ) -> None:
        self._making = Making(composer, self._pump, cores)
        self._mailer = mailer
        self._settler = settler
        self._given = 0
        self._most = 2 * mailer.room
        self._busy = False
        settler.on_room = self._pump

    @property
    def failure(self) -> Exception | None:
        """Why no message can be made any more, where that is not one message's affair."""
        return self._making.failure

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Takes what was claimed."""
        self._making.add(deliveries)
        self._pump()

    def recall(self) -> None:
        """Takes back what has not begun, what is being signed too."""
        for delivery in self._making.clear():
            self._settler.answered(delivery, None)
        self._mailer.recall()

    def close(self) -> None:
        """Ends its processes."""
        self._making.close()

    def _pump(self) -> None:
        """Gives what may go. An answer that comes at once does not begin another round."""
        if self._busy:
            return
        self._busy = True
        while self._given < self._most and self._settler.uncommitted < UNCOMMITTED:
            made = self._making.next()
            if made is None:
                break
            delivery, message = made
            if isinstance(message, Message):
                self._given += 1
                self._mailer.submit(message, partial(self._answered, delivery))
            else:
                self._settler.answered(delivery, message)
        self._busy = False

    def _answered(self, delivery: Delivery, outcome: Outcome | None) -> None:
        self._given -= 1
        self._settler.answered(delivery, outcome)
        self._pump()
