"""Serving the pages over HTTP: for the command, and in the background for others."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from digest.loop import listen

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(
    site: ASGIApp,
    host: str,
    port: int,
    *,
    proxies: Sequence[str] = (),
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serves until a signal ends it.

    Args:
        site: the pages.
        host: where to listen.
        port: 0 takes any free port.
        proxies: reverse proxies whose X-Forwarded-For names the reader's network.
        ready: is told the address once connections are taken.

    Raises:
        AddressTaken: the address cannot be listened on.
    """
    listening = listen(host, port)
    ready(address_of(listening))
    _Server(_config(site, proxies)).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Ends on a signal and returns, where uvicorn's own would raise the signal once more."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes the signals while it serves."""
        before = {kind: signal.signal(kind, self.handle_exit) for kind in _SIGNALS}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)


@contextmanager
def serving(site: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serves in a thread until the block ends; gives the address."""
    with serving_on(listen(host, port), site) as address:
        yield address


@contextmanager
def serving_on(listening: socket.socket, site: ASGIApp) -> Iterator[str]:
    """The same where the address had to be known before there was a site."""
    server = uvicorn.Server(_config(site, ()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield address_of(listening)
    finally:
        server.should_exit = True
        thread.join()


def address_of(listening: socket.socket) -> str:
    """Where it is reached: `http://127.0.0.1:8750`."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _config(site: ASGIApp, proxies: Sequence[str]) -> uvicorn.Config:
    # Its lines hold whole addresses, and so the links' tokens: the pages log for themselves.
    # Switched off here too, since a logging set-up elsewhere can undo `access_log`.
    logging.getLogger("uvicorn.access").disabled = True
    return uvicorn.Config(
        site,
        log_config=None,
        access_log=False,
        lifespan="auto",
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=5,
    )
