"""Making messages for a sender: composed and joined in its event loop, signed there or beside it.

To compose a message takes some fifty microseconds; a signature by RSA five times as long. So once
there is much to sign and a core to spare, processes of their own do it (`SigningProcess`).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from digest.delivery.signing import SigningProcess
from digest.model import Delivery, DeliveryState, Message, Outcome
from digest.signing_process import Hash, SigningKey
from subscribers.errors import PaperDigestError

PART = 8  # messages that are composed in one go
SIGNED_HERE = 500  # before a process is started, which takes as long as two hundred signatures
_MOST_PROCESSES = 2  # more sign faster than one loop composes

T = TypeVar("T")

Render = Callable[[Delivery], Message]
#: A delivery with its message, with why it has none, or with None where nobody knows why.
Made = tuple[Delivery, Message | Outcome | None]


class Composed(Protocol):
    """A message but for its signatures."""

    @property
    def hashes(self) -> Sequence[Hash]:
        """What the keys shall sign, in their order; none where it is not signed."""
        ...

    def signatures(self) -> Sequence[bytes]:
        """Those of its hashes, made here and now."""
        ...

    def sealed(self, signatures: Sequence[bytes]) -> Message:
        """The whole message, with signatures that were made of its hashes."""
        ...


class Composer(Protocol):
    """Makes messages of deliveries: the same octets at every call."""

    @property
    def signing_keys(self) -> Sequence[SigningKey]:
        """With which its messages' hashes are signed."""
        ...

    def compose(self, delivery: Delivery) -> Composed:
        """A message but for its signatures.

        Raises:
            PaperDigestError: this one cannot be made.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Rendering:
    """A message that a function makes in one go."""

    render: Render
    delivery: Delivery
    hashes: tuple[Hash, ...] = ()

    def signatures(self) -> tuple[bytes, ...]:
        return ()

    def sealed(self, _: Sequence[bytes]) -> Message:
        return self.render(self.delivery)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A composer around a function, which signs for itself where it does."""

    render: Render
    signing_keys: tuple[SigningKey, ...] = ()

    def compose(self, delivery: Delivery) -> Composed:
        """Nothing yet."""
        return _Rendering(self.render, delivery)


_Unsigned = tuple[Delivery, Composed]
#: What was composed with its signatures, or what there is in the place of either.
_Signed = tuple[Delivery, Composed | Outcome | None, Sequence[bytes]]


class Making:
    """Makes messages a little ahead of their sending, nearly in their deliveries' order.

    Args:
        composer: makes them.
        ready: called in the loop when processes have signed some.
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
        self._unsigned: deque[_Unsigned] = deque()
        self._signed: deque[_Signed] = deque()
        self._most = min((cores or available_cores()) - 1, _MOST_PROCESSES)
        self._signers: list[SigningProcess[_Unsigned]] = []
        self._here = 0
        self.failure: Exception | None = None

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Takes what is to be made."""
        self._waiting.extend(deliveries)

    def next(self) -> Made | None:
        """One that is made; None where nothing waits but what processes sign."""
        while self._waiting and len(self._signed) + len(self._unsigned) < PART:
            for _ in range(min(PART, len(self._waiting))):
                self._compose(self._waiting.popleft())
            self._give()
        if not self._signed:
            return None
        delivery, composed, signatures = self._signed.popleft()
        if composed is None or isinstance(composed, Outcome):
            return delivery, composed
        return delivery, self._made_by(partial(composed.sealed, signatures))

    def clear(self) -> list[Delivery]:
        """Takes out all, what processes have not signed, too."""
        left = [*self._unsigned, *(one for signer in self._signers for one in signer.end())]
        self._signers = []  # others begin where there is more to sign
        found = [*(one[0] for one in self._signed), *(one[0] for one in left), *self._waiting]
        for queue in (self._signed, self._unsigned, self._waiting):
            queue.clear()
        return found

    def close(self) -> None:
        """Ends the processes."""
        for signer in self._signers:
            signer.end()

    def _compose(self, delivery: Delivery) -> None:
        composed = self._made_by(partial(self._composer.compose, delivery))
        if composed is None or isinstance(composed, Outcome) or not composed.hashes:
            self._signed.append((delivery, composed, ()))
        else:
            self._unsigned.append((delivery, composed))

    def _give(self) -> None:
        """Has composed messages signed: by processes, once there are any and they have room."""
        if self._unsigned and self._most > len(self._signers) and self._here >= SIGNED_HERE:
            self._start()
        for signer in self._signers:
            while self._unsigned and signer.free:
                some = [self._unsigned.popleft() for _ in range(min(PART, len(self._unsigned)))]
                signer.give([(one, one[1].hashes) for one in some])
        if all(signer.gone for signer in self._signers):
            self._sign()

    def _sign(self) -> None:
        self._here += len(self._unsigned)
        for delivery, composed in self._unsigned:
            made = self._made_by(composed.signatures)
            if made is None or isinstance(made, Outcome):
                self._signed.append((delivery, made, ()))
            else:
                self._signed.append((delivery, composed, made))
        self._unsigned.clear()

    def _start(self) -> None:
        keys = self._composer.signing_keys
        try:
            while len(self._signers) < self._most:
                self._signers.append(SigningProcess(keys, self._take, self._go_on))
        except OSError:  # no room for another
            self._most = len(self._signers)

    def _take(self, one: _Unsigned, signatures: Sequence[bytes]) -> None:
        self._signed.append((*one, signatures))

    def _go_on(self) -> None:
        for signer in self._signers:
            if signer.gone:
                self._unsigned.extend(signer.end())
        self._give()
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
