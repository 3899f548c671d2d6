"""How many messages this process may begin: its own count of the quotas, and the shared one.

Its own, by a clock that only goes forward, holds whatever happens to the wall clock. The shared
one is asked in a thread for a batch of tokens when there is work and none is left.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Protocol

from digest.delivery.patience import Patience
from digest.delivery.quotas import Closing, Grant, Spent, Window
from digest.errors import DatabaseError, QuotaUsedUp

BATCH = 50  # tokens that a kill can leave unused, and yet spent
CLOSING_SECONDS = 5.0  # for giving back: a quota is not worth a longer stop
ASK_AGAIN = 60.0  # seconds: others may give back what they did not use
NEVER = float("inf")
_NONE = Grant(0, 0.0)


class Shared(Protocol):
    """A count that several processes share: `digest.delivery.ledger.Ledger`."""

    def take(
        self, limits: Sequence[Window], wanted: int, closings: Sequence[Closing] = ()
    ) -> tuple[Grant, float]:
        """Tokens, and the present instant by the shared clock; called in a thread."""
        ...


class Allowance:
    """The quotas of one mailer.

    Args:
        limits: of the relay; none is no limit.
        shared: where all senders of this relay count; None counts in this process alone.
        patience: for the database of the shared count, while there is work.
    """

    def __init__(
        self,
        limits: Sequence[Window] = (),
        shared: Shared | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._limits = limits
        self._own = [Spent(window) for window in limits]
        self._shared = shared if limits else None
        self._patience = patience or Patience()
        self._grant = _NONE
        self._used = 0
        self._ahead = 0.0  # the shared clock less ours, at the least that is possible
        self._last = 0.0  # when a token was last used, by our clock
        self._not_before = 0.0  # it does not ask again before this
        self._free_at = 0.0  # when more may be had, unless others give back
        self._asking: asyncio.Task[None] | None = None
        self._full = ""
        self.error: DatabaseError | None = None

    @property
    def asking(self) -> bool:
        """Whether the shared count is being asked."""
        return self._asking is not None

    def wait(self, now: float) -> float:
        """Seconds until a message may begin, NEVER while that has to be asked for."""
        if self._shared is not None and not self._left(now):
            return self._not_before - now if self._not_before > now else NEVER
        return max((spent.wait(now) for spent in self._own), default=0.0)

    def use(self, now: float) -> None:
        """Counts a message that begins."""
        for spent in self._own:
            spent.add(now, 1)
        self._used += 1
        self._last = now

    def blocked(self, now: float) -> float:
        """Seconds until this process may ask for more, 0 where no quota is used up."""
        own = max((spent.wait(now) for spent in self._own), default=0.0)
        return max(own, self._not_before - now, 0.0)

    def used_up(self, server: str, now: float) -> QuotaUsedUp:
        """What is to be said of the quota that is used up."""
        own = max(self._own, key=lambda spent: spent.wait(now))
        full, wait = self._full or str(own.window), max(self._free_at - now, own.wait(now))
        return QuotaUsedUp(server=server, quota=full, minutes=max(math.ceil(wait / 60), 1))

    def ask(self, wanted: int, now: float, answered: Callable[[], None]) -> None:
        """Asks for tokens where there are none; `answered` is called when the answer is there."""
        if self._shared is None or self._asking or self._left(now) or self._not_before > now:
            return
        loop = asyncio.get_running_loop()
        self._asking = loop.create_task(self._ask(self._shared, min(wanted, BATCH), self._patience))

        def over(_task: asyncio.Task[None]) -> None:
            self._asking = None
            answered()

        self._asking.add_done_callback(over)

    async def give_back(self) -> None:
        """Gives back the tokens that were not used; what the database has lost meanwhile stays."""
        if self._asking:
            await asyncio.wait([self._asking])
        if self._shared is not None and self._grant.tokens:
            await self._ask(self._shared, 0, Patience(CLOSING_SECONDS))

    def _left(self, now: float) -> bool:
        """Whether there is a token that may still be used."""
        alive = now + self._ahead < self._grant.until
        return alive and self._used < self._grant.tokens

    async def _ask(self, shared: Shared, wanted: int, patience: Patience) -> None:
        closing = Closing(self._grant, self._used, self._last + self._ahead)
        before = asyncio.get_running_loop().time()
        try:
            grant, now = await patience.call(
                lambda: shared.take(self._limits, wanted, [closing] if closing.grant.tokens else [])
            )
        except DatabaseError as error:
            self.error = error
            return
        # At `before` the shared clock showed at most `now`: so we take it to be further than it
        # is, end the grant early, and say that tokens were used later than they were.
        self._ahead = now - before
        self._grant, self._used, self.error = grant, 0, None
        self._full, self._free_at = grant.full, before + grant.wait
        self._not_before = 0.0 if grant.tokens else before + min(grant.wait, ASK_AGAIN)
