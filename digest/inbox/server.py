"""The inbox itself: an SMTP server and the page that shows what came, on this machine only."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import uvicorn

from digest.inbox.mailbox import Mailbox, Received
from digest.inbox.page import make_page
from digest.inbox.smtp import Connection, Taking
from digest.loop import listen

HOST = "127.0.0.1"


class Inbox:
    """Takes mail over real SMTP and shows it at a local address.

    It offers SIZE, 8BITMIME, SMTPUTF8 and PIPELINING, asks for no password, and believes any
    sender. Messages are kept in memory, the oldest dropped when there are too many.

    Args:
        smtp_port: 0 takes any free port.
        http_port: 0 takes any free port.
        capacity: how many messages are kept.
        capacity_bytes: how many octets of messages are kept.
        clock: the time now, in UTC.
    """

    def __init__(
        self,
        *,
        smtp_port: int = 0,
        http_port: int = 0,
        capacity: int = 10_000,
        capacity_bytes: int = 256_000_000,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ports = (smtp_port, http_port)
        self._mailbox = Mailbox(capacity=capacity, capacity_bytes=capacity_bytes)
        self._taking = Taking(self._mailbox, clock)
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._stopping = contextlib.AsyncExitStack()
        #: Where the SMTP server listens on 127.0.0.1, once it has been started.
        self.smtp_port = 0
        #: The page's address, with its last slash, once it has been started.
        self.url = ""

    @property
    def messages(self) -> tuple[Received, ...]:
        """What is kept, the oldest first."""
        return self._mailbox.messages

    async def start(self) -> None:
        """Listen on both ports.

        Raises:
            AddressTaken: a port is taken; neither is listened on.
        """
        async with contextlib.AsyncExitStack() as stack:
            smtp_port, http_port = self._ports
            self.smtp_port = await self._start_smtp(stack, smtp_port)
            self.url = await self._start_page(stack, http_port)
            self._stopping = stack.pop_all()

    async def stop(self) -> None:
        """Close both ports and all connections; what came can still be read."""
        await self._stopping.aclose()

    async def wait_for(self, count: int, timeout: float = 30.0) -> tuple[Received, ...]:  # noqa: ASYNC109 - its error says how many came
        """The messages, once so many have come since the start.

        Raises:
            TimeoutError: fewer came within so many seconds; its text says how many.
        """
        return await self._mailbox.wait_for(count, timeout)

    async def _start_smtp(self, stack: contextlib.AsyncExitStack, port: int) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._connect, sock=listen(HOST, port))
        stack.push_async_callback(self._stop_smtp, server)
        listening: int = server.sockets[0].getsockname()[1]
        return listening

    def _connect(self) -> Connection:
        connection = Connection(self._taking)
        self._connections.add(connection)
        return connection

    async def _stop_smtp(self, server: asyncio.Server) -> None:
        server.close()
        for connection in tuple(self._connections):
            await connection.cut()
        await server.wait_closed()

    async def _start_page(self, stack: contextlib.AsyncExitStack, port: int) -> str:
        listening = listen(HOST, port)
        page = _Page(_quiet(make_page(self._mailbox, smtp_port=self.smtp_port)))
        serving = asyncio.create_task(page.serve(sockets=[listening]))
        stack.push_async_callback(self._stop_page, page, serving)
        return f"http://{HOST}:{listening.getsockname()[1]}/"

    async def _stop_page(self, page: uvicorn.Server, serving: asyncio.Task[None]) -> None:
        page.should_exit = True
        await serving


class _Page(uvicorn.Server):
    """A web server inside a program that handles signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _quiet(app: Callable[..., object]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
