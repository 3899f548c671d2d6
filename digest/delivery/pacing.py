"""How fast to send: pure rules of numbers and a clock that is handed in, in seconds.

A lane is a recipient domain, or the relay as a whole. It starts narrow, widens by one for each
round of successes and halves when the other side asks for patience (421 or 4.7.x), as TCP does
(Jacobson's additive increase, multiplicative decrease).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from digest.delivery.quotas import Window
from digest.delivery.statuses import Meaning, meaning
from digest.model import DeliveryState, Outcome

START = 2.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
REMEMBERED = 50  # of a domain's last answers
POLICY_LEAST = 5  # refusals by policy among these
POLICY_SHARE = 0.2
POLICY_PAUSE = 3600.0
POLICY_DOMAINS = 3  # so many domains that refuse: it is us


def is_throttle(outcome: Outcome) -> bool:
    """The other side asks for patience."""
    return outcome.code == 421 or outcome.enhanced.startswith("4.7.")


def is_policy(outcome: Outcome) -> bool:
    """The refusal is for good, and the sender's affair: what also spares the reader's address."""
    if outcome.state is not DeliveryState.BOUNCED:
        return False
    return meaning(outcome.enhanced, f"{outcome.code} {outcome.text}") is Meaning.SENDER


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection and the pool may do.

    Attributes:
        connections: at most so many at once.
        messages: so many over one connection.
        age: seconds after which a connection is renewed.
        idle: seconds without work after which it is closed.
        quotas: of the provider.
    """

    connections: int = 4
    messages: int = 100
    age: float = 300.0
    idle: float = 20.0
    quotas: tuple[Window, ...] = ()


@dataclass(slots=True)
class Lane:
    """How much may be under way at once to one place.

    Attributes:
        ceiling: never more at once.
        width: how many may be under way now; a fraction is progress to the next.
        under_way: how many are.
        closed_until: nothing starts before this time.
        throttled: it has been asked for patience and has not recovered.
        why: what was said when it closed last.
    """

    ceiling: int
    width: float = START
    under_way: int = 0
    closed_until: float = 0.0
    throttled: bool = False
    why: str = ""
    _pause: float = FIRST_PAUSE
    _refusals: deque[bool] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def open(self, now: float) -> bool:
        """Whether one more may start."""
        return self.under_way < int(min(self.width, self.ceiling)) and now >= self.closed_until

    def succeeded(self) -> None:
        """One was taken: a whole round of these widens the lane by one."""
        self.width = min(self.width + 1 / self.width, float(max(self.ceiling, 1)))
        if self.throttled and self.width >= self.ceiling:
            self.throttled, self._pause = False, FIRST_PAUSE

    def throttle(self, now: float) -> None:
        """It was asked for patience: half as wide, after a pause that doubles.

        What was under way at the same time is told the same: it counts once.
        """
        if now < self.closed_until:
            return
        self.width = max(self.width / 2, 1.0)
        self.throttled = True
        self.closed_until = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def reopen(self) -> None:
        """Ends its pause before its time; it goes on as narrow as it is."""
        self.closed_until = 0.0
        self._refusals.clear()

    def judge(self, *, refused: bool, now: float) -> bool:
        """Remembers whether policy refused; True where that closes the lane."""
        self._refusals.append(refused)
        count = sum(self._refusals) if refused else 0
        if count < POLICY_LEAST or count < POLICY_SHARE * len(self._refusals):
            return False
        self.closed_until, self.throttled = now + POLICY_PAUSE, True
        return True
