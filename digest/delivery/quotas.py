"""A provider's quotas: how many messages in any second, hour or day, whoever sends them.

Pure rules, of numbers and a time that is handed in. Tokens are granted in batches and may be
used until their grant ends; they count until a whole window after that. So in no window can
more leave than the quota allows, however late within its grant a token is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

SLOTS = 100  # into which a window is divided: what ends in one slot is one number
LONGEST_GRANT = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Window:
    """At most `count` messages in any `seconds` seconds."""

    count: int
    seconds: float

    @property
    def key(self) -> str:
        """Names it where it is stored: its length in milliseconds."""
        return str(round(self.seconds * 1000))

    def slot(self, at: float) -> int:
        """The slot in which an instant counts: the end of it is no earlier than the instant."""
        return math.ceil(at * SLOTS / self.seconds)

    def end(self, slot: int) -> float:
        """The instant at which a slot ends."""
        return slot * self.seconds / SLOTS

    def __str__(self) -> str:
        names = {1.0: "a second", 3600.0: "an hour", 86400.0: "a day"}
        return f"{self.count} {names.get(self.seconds, f'in {self.seconds:g} seconds')}"


def windows(
    per_second: float | None, per_hour: int | None, per_day: int | None = None
) -> tuple[Window, ...]:
    """The quotas of the settings. Less than one a second is one in so many seconds."""
    found = []
    if per_second:
        found.append(Window(max(int(per_second), 1), max(1.0, 1.0 / per_second)))
    if per_hour:
        found.append(Window(per_hour, 3600.0))
    if per_day:
        found.append(Window(per_day, 86400.0))
    return tuple(found)


@dataclass(slots=True)
class Spent:
    """What was spent of one window.

    Attributes:
        tokens: by the slot in which they end, how many.
    """

    window: Window
    tokens: dict[int, int] = field(default_factory=dict)

    def add(self, at: float, tokens: int) -> None:
        """Counts tokens that may be used until `at`; a negative number takes some back."""
        slot = self.window.slot(at)
        left = self.tokens.get(slot, 0) + tokens
        self.tokens[slot] = max(left, 0)

    def forget(self, now: float) -> None:
        """Drops what no window that ends now or later can hold."""
        first = now - self.window.seconds
        gone = [slot for slot, n in self.tokens.items() if self.window.end(slot) <= first or not n]
        for slot in gone:
            del self.tokens[slot]

    def not_beyond(self, at: float) -> None:
        """Tokens that seem to end after `at` end then: the clock was set back.

        They count for one window more, and not for as long as the clock was ahead.
        """
        last = self.window.slot(at)
        late = [slot for slot in self.tokens if slot > last]
        for slot in late:
            self.tokens[last] = self.tokens.get(last, 0) + self.tokens.pop(slot)

    def free(self, now: float) -> int:
        """How many more may be granted now."""
        self.forget(now)
        return max(self.window.count - sum(self.tokens.values()), 0)

    def wait(self, now: float) -> float:
        """Seconds until at least one may be granted, 0 for at once."""
        self.forget(now)
        held = sum(self.tokens.values())
        if held < self.window.count:
            return 0.0
        for slot in sorted(self.tokens):
            held -= self.tokens[slot]
            if held < self.window.count:
                break
        return max(self.window.end(slot) + self.window.seconds - now, 0.001)


@dataclass(frozen=True, slots=True)
class Grant:
    """So many tokens, to be used until an instant.

    Attributes:
        until: by the clock of whoever grants.
        wait: seconds until another may be had, where there is no token.
        full: the window that is used up, in words, where there is no token.
    """

    tokens: int
    until: float
    wait: float = 0.0
    full: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """A grant that has ended: what was used, and until when."""

    grant: Grant
    used: int
    until: float


def longest_grant(limits: Sequence[Window]) -> float:
    """Seconds for which a grant may last."""
    return min([LONGEST_GRANT, *(window.seconds for window in limits)])


def granted(
    spent: Sequence[Spent], wanted: int, now: float, closings: Iterable[Closing] = ()
) -> Grant:
    """Takes tokens of all windows at once, after giving back what was not used.

    Args:
        spent: of each window; changes.
        wanted: at most so many.
        now: by the clock of whoever grants.
        closings: grants of before.
    """
    until = now + longest_grant([one.window for one in spent])
    closed = list(closings)
    for one in spent:
        one.not_beyond(until)
        for closing in closed:
            one.add(closing.grant.until, -closing.grant.tokens)
            one.add(min(closing.until, closing.grant.until), closing.used)
    tokens = min([wanted, *(one.free(now) for one in spent)])
    if tokens < 1:
        longest = max(spent, key=lambda one: one.wait(now))
        return Grant(0, until, longest.wait(now), str(longest.window))
    for one in spent:
        one.add(until, tokens)
    return Grant(tokens, until)


def loaded(limits: Sequence[Window], stored: Mapping[str, Mapping[str, int]]) -> list[Spent]:
    """What is stored of these windows."""
    return [
        Spent(window, {int(slot): n for slot, n in stored.get(window.key, {}).items()})
        for window in limits
    ]


def storable(spent: Iterable[Spent], now: float) -> dict[str, dict[str, int]]:
    """What is to be stored."""
    found = {}
    for one in spent:
        one.forget(now)
        found[one.window.key] = {str(slot): n for slot, n in sorted(one.tokens.items())}
    return found
