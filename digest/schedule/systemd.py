"""What systemd is told: ready, alive, stopping.

The protocol of sd_notify(3): a datagram to the socket that `NOTIFY_SOCKET` names. Three lines,
so a library (the known ones have been without a release for years) would be more to trust.
"""

from __future__ import annotations

import os
import socket

_SOCKET = "NOTIFY_SOCKET"


def notify(state: str) -> bool:
    """Sends a state such as `READY=1`; whether systemd listens.

    One that cannot be told is no reason to stop: it restarts a service that stays silent.
    """
    address = os.environ.get(_SOCKET, "")
    if not address:
        return False
    name = "\0" + address[1:] if address.startswith("@") else address  # an abstract socket
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.sendto(state.encode(), name)
    except OSError:
        return False
    return True
