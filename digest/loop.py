"""The event loop of a command, and the sockets on which its servers listen.

The loop is uvloop's where that is installed (the extra `fast`), else asyncio's.
"""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar

from digest.errors import AddressTaken

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result; a mail's way over the wire costs a third on uvloop."""
    with asyncio.Runner(loop_factory=_factory()) as runner:
        return runner.run(main)


def listen(host: str, port: int) -> socket.socket:
    """Takes a port, 0 any free one; connections wait until a server of this loop serves them.

    Its answers leave at once. asyncio asks for that (TCP_NODELAY) only on sockets that it made
    itself; on others each answer of two parts took 44 ms in place of 1, since its second part
    waited until the first was acknowledged.

    Raises:
        AddressTaken: it cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # Python tells the address again
        raise AddressTaken(address=f"{host}:{port}", reason=reason) from None
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    listening.setblocking(False)
    return listening


def _factory() -> Any:  # noqa: ANN401  # uvloop has no types where it is not installed
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop

    return uvloop.new_event_loop
