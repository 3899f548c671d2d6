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

_PROCESSES = Path("/proc")
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
        return _has_ended(int(parts[1]))
    except (OSError, ValueError):
        return False


def _has_ended(process: int) -> bool:
    """Whether it is gone, or dead and waited for by nobody yet (proc(5): state Z or X)."""
    try:
        stat = (_PROCESSES / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # the second where it ends while it is read
        return True
    # The command's name stands in parentheses and may hold anything, so the last one counts.
    return stat.rpartition(")")[2].split()[0] in ("Z", "X")


@cache
def _place() -> str:
    """This boot of this machine and this process namespace, "" where that cannot be told."""
    try:
        place = _BOOT.read_text(encoding="ascii") + str(_NAMESPACE.readlink())
    except OSError:
        return ""
    return hashlib.sha256(place.encode()).hexdigest()[:12]
