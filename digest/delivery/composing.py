"""Making messages for a sender: composed in its event loop, signed in threads.

To compose a message takes the interpreter for some fifty microseconds; in a thread it would take
turns with the event loop, which costs as much again. A signature by RSA takes five times as long
and needs no interpreter: threads make several at once while the loop goes on. They get only what
is signed and give back the signatures, so that the message stays in the cache of one core.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from digest.model import Delivery, DeliveryState, Message, Outcome
from subscribers.errors import PaperDigestError

PART = 8  # messages that are composed in one go, and that a thread signs in one go

T = TypeVar("T")

Render = Callable[[Delivery], Message]
#: A delivery with its message, with why it has none, or with None where nobody knows why.
Made = tuple[Delivery, Message | Outcome | None]
#: A composed message with its signatures, or what there is in the place of either.
_Signed = tuple[Delivery, "Composed | Outcome | None", Any]


class Composed(Protocol):
    """A message but for its signature."""

    @property
    def signs(self) -> bool:
        """Whether it has one."""
        ...

    def signatures(self) -> Any:  # noqa: ANN401  # each kind has its own
        """What `sealed` takes; may be called in a thread, and is worth one where it signs."""
        ...

    def sealed(self, signatures: Any) -> Message:  # noqa: ANN401
        """The whole message."""
        ...


class Composer(Protocol):
    """Makes messages of deliveries: the same octets at every call."""

    def compose(self, delivery: Delivery) -> Composed:
        """What is to be signed.

        Raises:
            PaperDigestError: this one cannot be made.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Rendering:
    """A message that a function makes in one go, in a thread: it may read or wait."""

    render: Render
    delivery: Delivery
    signs: bool = True

    def signatures(self) -> Message:
        """The function's result."""
        return self.render(self.delivery)

    def sealed(self, signatures: Message) -> Message:
        """The same."""
        return signatures


@dataclass(frozen=True, slots=True)
class Rendering:
    """A composer around a function."""

    render: Render

    def compose(self, delivery: Delivery) -> Composed:
        """Nothing yet."""
        return _Rendering(self.render, delivery)


class Making:
    """Makes messages a little ahead of their sending, nearly in their deliveries' order.

    Args:
        composer: makes them.
        ready: called in the loop when threads have signed some.
        cores: how many there are to sign on; None is all that this process may use.

    Attributes:
        failure: an error that no message explains; the sender has to end with it.
    """

    def __init__(
        self, composer: Composer, ready: Callable[[], None], cores: int | None = None
    ) -> None:
        self._composer = composer
        self._on_ready = ready
        self._waiting: deque[Delivery] = deque()
        self._made: deque[_Signed] = deque()
        self._threads = cores or available_cores()
        # With one core a thread would only take turns; but a function may wait, which needs one.
        self._alone = self._threads == 1 and not isinstance(composer, Rendering)
        self._pool: ThreadPoolExecutor | None = None
        self._signing: set[asyncio.Future[list[_Signed]]] = set()
        self._ahead = PART  # so many are made, or being made, before they are asked for
        self.failure: Exception | None = None

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Takes what is to be made."""
        self._waiting.extend(deliveries)

    def next(self) -> Made | None:
        """One that is made; None where threads have still to sign it, or nothing waits."""
        while self._waiting and len(self._made) + PART * len(self._signing) < self._ahead:
            self._compose([self._waiting.popleft() for _ in range(min(PART, len(self._waiting)))])
        if not self._made:
            return None
        delivery, composed, signatures = self._made.popleft()
        if composed is None or isinstance(composed, Outcome):
            return delivery, composed
        if signatures is None or isinstance(signatures, Outcome):
            return delivery, signatures
        return delivery, self._made_by(partial(composed.sealed, signatures))

    def clear(self) -> list[Delivery]:
        """Takes out all that is not in a thread."""
        found = [*(made[0] for made in self._made), *self._waiting]
        self._made.clear()
        self._waiting.clear()
        return found

    async def rest(self) -> None:
        """Waits for what is in threads."""
        if self._signing:
            await asyncio.wait(self._signing)

    def close(self) -> None:
        """Ends the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)

    def _compose(self, deliveries: Sequence[Delivery]) -> None:
        unsigned = []
        for delivery in deliveries:
            composed = self._made_by(partial(self._composer.compose, delivery))
            if composed is None or isinstance(composed, Outcome):
                self._made.append((delivery, composed, None))
            elif composed.signs and not self._alone:
                unsigned.append((delivery, composed))
            else:
                self._made.append((delivery, composed, self._made_by(composed.signatures)))
        if unsigned:
            self._sign(unsigned)

    def _sign(self, unsigned: Sequence[tuple[Delivery, Composed]]) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="sign")
            self._ahead = 2 * PART * (self._threads + 1)
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, self._signed, unsigned)
        self._signing.add(future)
        future.add_done_callback(self._take)

    def _signed(self, unsigned: Sequence[tuple[Delivery, Composed]]) -> list[_Signed]:
        """Runs in a thread."""
        return [(delivery, one, self._made_by(one.signatures)) for delivery, one in unsigned]

    def _take(self, future: asyncio.Future[list[_Signed]]) -> None:
        self._signing.discard(future)
        self._made.extend(future.result())
        self._on_ready()

    def _made_by(self, make: Callable[[], T]) -> T | Outcome | None:
        """What a step makes; an error of ours is the delivery's, any other the sender's."""
        try:
            return make()
        except PaperDigestError as error:
            return Outcome(state=DeliveryState.FAILED, text=str(error))
        except Exception as error:  # noqa: BLE001  # in a callback nobody would hear of it
            self.failure = error
            return None


def available_cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
