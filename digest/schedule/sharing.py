"""How a schedule shares its work: what `digest.workers.Dispatcher` does on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol


class Sharing(Protocol):
    """Says whether this process schedules, and takes what is to be handed out.

    Attributes:
        shares: whether there are workers, so that work is handed out and not done here.
    """

    shares: bool

    @property
    def leads(self) -> bool:
        """Whether this process is the one that schedules."""

    async def keep(self) -> None:
        """Keeps both up to date until it is cancelled."""

    async def look(self) -> None:
        """Brings both up to date."""

    def pull(self, days: Iterable[tuple[str, date]]) -> bool:
        """Hands out a pull; False once none waits or runs."""

    def settle(self, *, plan: bool) -> None:
        """Hands out settling, and planning after it."""

    def bounces(self) -> None:
        """Hands out reading of what came back."""

    def deliver(self) -> None:
        """Hands out the outbox's shards that are due."""
