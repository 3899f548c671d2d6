"""Ports for servers that are told theirs before they listen."""

from __future__ import annotations

import itertools
import os
import socket

_FIRST, _MANY = 12_000, 2_000  # all below those that Linux gives to connections, from 32768 on
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
_numbers = itertools.count(os.getpid())


def free_port() -> int:
    """A port of loopback that nobody takes in the meantime.

    One that the kernel chose, and that was closed again, may be the next that it gives to a
    connection or to another test process: each process has two thousand of its own in turn.
    """
    for _ in range(_MANY):
        port = _FIRST + _MANY * _worker + next(_numbers) % _MANY
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise OSError("no port is free")
