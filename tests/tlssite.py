"""A site over TLS, as a web server in front of ours would serve it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving_tls(site: ASGIApp, certificate: Path) -> Iterator[str]:
    """Serves in a thread until the block ends; gives the address.

    Args:
        site: the pages.
        certificate: a file with a certificate for localhost and its key.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        site, log_config=None, access_log=False, ssl_certfile=certificate, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
