"""An inbox in a thread of its own, for programs and tests that are not asynchronous."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from digest.errors import AddressTaken
from digest.inbox.mailbox import Received
from digest.inbox.server import Inbox


class BackgroundInbox:
    """A running inbox, seen from another thread."""

    def __init__(self, inbox: Inbox, loop: asyncio.AbstractEventLoop) -> None:
        self._inbox = inbox
        self._loop = loop
        self.smtp_port = inbox.smtp_port
        self.url = inbox.url

    @property
    def messages(self) -> tuple[Received, ...]:
        """What is kept, the oldest first."""
        return self._inbox.messages

    def wait_for(self, count: int, timeout: float = 30.0) -> tuple[Received, ...]:
        """As `Inbox.wait_for`, blocking."""
        waiting = self._inbox.wait_for(count, timeout)
        return asyncio.run_coroutine_threadsafe(waiting, self._loop).result()


@contextmanager
def inbox_in_background(inbox: Inbox | None = None) -> Iterator[BackgroundInbox]:
    """Run an inbox until the block ends.

    Raises:
        AddressTaken: one of its ports is taken.
    """
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    served = inbox or Inbox()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(served, started)), daemon=True)
    thread.start()
    loop, ending = started.result()
    try:
        yield BackgroundInbox(served, loop)
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()


async def _serve(
    inbox: Inbox, started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]
) -> None:
    ending = asyncio.Event()
    try:
        await inbox.start()
    except AddressTaken as error:
        started.set_exception(error)
        return
    started.set_result((asyncio.get_running_loop(), ending))
    try:
        await ending.wait()
    finally:
        await inbox.stop()
