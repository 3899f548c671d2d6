"""Who holds a claim, and whether that process still lives.

A claim's lease ends by itself. Where its owner was a process of this machine that is gone, a
new sender need not wait for that: a killed run is then taken up at once. Only a process of the
same boot and the same process namespace can be judged; of any other the lease decides.
"""

from __future__ import annotations

import hashlib
import os
import socket
from functools import cache
from pathlib import Path
from uuid import uuid4

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")


def new_owner() -> str:
    """A name for a sender of this process, at most 60 characters."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}:{_place()}:{uuid4().hex[:8]}"


def is_gone(owner: str) -> bool:
    """Whether the owner was a process of this machine that has ended; False where unknown."""
    parts = owner.rsplit(":", 3)
    if len(parts) != 4 or not _place() or parts[2] != _place():
        return False
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    return False


@cache
def _place() -> str:
    """This boot of this machine and this process namespace, "" where that cannot be told."""
    try:
        place = _BOOT.read_text(encoding="ascii") + str(_NAMESPACE.readlink())
    except OSError:
        return ""
    return hashlib.sha256(place.encode()).hexdigest()[:12]
