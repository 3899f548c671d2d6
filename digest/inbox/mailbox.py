"""What the inbox holds: messages as they came, up to a bound."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from digest.inbox.reading import Mail, read_mail


@dataclass(frozen=True, kw_only=True)
class Received:
    """One message as the server took it.

    Attributes:
        id: counts from 1 in the order of arrival.
        sender: the envelope's return path, "" for a bounce.
        recipients: the envelope's addresses.
        data: the octets of DATA, dots unstuffed, nothing added.
        received_at: when the final dot came, in UTC.
    """

    id: int
    sender: str
    recipients: tuple[str, ...]
    data: bytes
    received_at: datetime

    @cached_property
    def mail(self) -> Mail:
        """The message as a reader sees it; read when first asked for."""
        return read_mail(self.data)


class Mailbox:
    """The latest messages; where there is no more room the oldest make place.

    Args:
        capacity: how many messages are kept.
        capacity_bytes: how many octets all kept messages may have; the newest one is kept
            whatever its size.
    """

    def __init__(self, *, capacity: int, capacity_bytes: int) -> None:
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._kept: deque[Received] = deque()
        self._bytes = 0
        self._arrival = asyncio.Condition()
        #: How many came, kept or not.
        self.count = 0

    @property
    def messages(self) -> tuple[Received, ...]:
        """What is kept, the oldest first."""
        return tuple(self._kept)

    @property
    def dropped(self) -> int:
        """How many had to make place for later ones."""
        return self.count - len(self._kept)

    def find(self, number: int) -> Received | None:
        """The message with this id, where it is still kept."""
        kept = self.messages
        place = number - kept[0].id if kept else -1
        return kept[place] if 0 <= place < len(kept) else None

    async def put(
        self, sender: str, recipients: tuple[str, ...], data: bytes, received_at: datetime
    ) -> Received:
        """Keep a message and tell those who wait for it."""
        async with self._arrival:
            self.count += 1
            received = Received(
                id=self.count,
                sender=sender,
                recipients=recipients,
                data=data,
                received_at=received_at,
            )
            self._kept.append(received)
            self._bytes += len(data)
            self._make_room()
            self._arrival.notify_all()
        return received

    async def wait_for(self, count: int, timeout: float) -> tuple[Received, ...]:  # noqa: ASYNC109 - its error says how many came
        """What is kept once so many messages have come.

        Args:
            count: how many must have come since the start.
            timeout: seconds to wait.

        Raises:
            TimeoutError: fewer came in time; its text says how many.
        """
        try:
            async with asyncio.timeout(timeout), self._arrival:
                await self._arrival.wait_for(lambda: self.count >= count)
        except TimeoutError:
            msg = f"{self.count} of {count} messages came within {timeout:g} seconds"
            raise TimeoutError(msg) from None
        return self.messages

    def _make_room(self) -> None:
        while len(self._kept) > 1 and (
            len(self._kept) > self._capacity or self._bytes > self._capacity_bytes
        ):
            self._bytes -= len(self._kept.popleft().data)
