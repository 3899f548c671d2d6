"""Processes that sign for a sender, as it sees them.

A signature by RSA takes a core as long as all else about a message. In a thread it would take
turns with the sender's event loop for the interpreter's lock, which cost a quarter of the rate. A
process needs of a message nothing but the hashes to sign; it gives back nothing but signatures.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from digest.signing_process import Hash, SigningKey, packed_hashes, packed_keys, size

Work = TypeVar("Work")

_DEPTH = 16  # hashes a process has at once: it works on eight while an answer is on its way
PATIENCE = 10.0  # seconds for an answer; it takes milliseconds

# A service manager sends these to all processes of a service, while its sender still needs them.
_LEFT_TO_US = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class SigningProcess(Generic[Work]):
    """A process that signs, with what it was given and has not answered.

    Args:
        keys: the hashes' key numbers are their places.
        signed: called in the loop with each signed work and its signatures.
        idle: called after that, when it may be given more.

    Raises:
        OSError: no process can be started.

    Attributes:
        gone: it has ended, by itself, by `end`, which gives back what it had, or for its silence.
    """

    def __init__(
        self,
        keys: Sequence[SigningKey],
        signed: Callable[[Work, list[bytes]], None],
        idle: Callable[[], None],
    ) -> None:
        self._sizes = [size(key) for key in keys]
        self._signed = signed
        self._idle = idle
        self._given: deque[tuple[Work, Sequence[Hash]]] = deque()
        self._asked = 0
        self._came = b""
        self._alarm: asyncio.TimerHandle | None = None
        self.gone = False
        self._socket, self._process = _started()
        self._loop = asyncio.get_running_loop()
        self._send(packed_keys(keys))
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket.fileno(), self._read)

    @property
    def free(self) -> bool:
        """Whether it takes more."""
        return not self.gone and self._asked < _DEPTH

    def give(self, work: Sequence[tuple[Work, Sequence[Hash]]]) -> None:
        """Gives it work with the hashes to sign, a few at a time, in one go."""
        self._given += work
        hashes = [one for _, several in work for one in several]
        self._asked += len(hashes)
        self._send(packed_hashes(hashes))
        self._watch()

    def end(self) -> list[Work]:
        """Ends it, where it has not ended, and gives back what it has not answered."""
        if not self.gone:
            self._close()
        left = [work for work, _ in self._given]
        self._given.clear()
        return left

    def _close(self) -> None:
        self.gone = True
        self._watch()
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _send(self, data: bytes) -> None:
        """All that it ever has at once is a kilobyte, so there is room for it."""
        with suppress(OSError):  # it is gone: reading says so
            self._socket.sendall(data)

    def _read(self) -> None:
        try:
            came = self._socket.recv(65_536)
        except OSError:
            came = b""
        if not came:
            self._close()
        self._came += came
        while self._given and (signatures := self._next()):
            work, _ = self._given.popleft()
            self._signed(work, signatures)
        self._watch()
        self._idle()

    def _watch(self) -> None:
        """From now on it has its time for the next answer, where it owes one."""
        if self._alarm:
            self._alarm.cancel()
        owes = self._given and not self.gone
        self._alarm = self._loop.call_later(PATIENCE, self._give_up) if owes else None

    def _give_up(self) -> None:
        self._close()
        self._idle()

    def _next(self) -> list[bytes]:
        """The signatures of the first work, none where some are still to come."""
        found, at = [], 0
        for number, _ in self._given[0][1]:
            end = at + self._sizes[number]
            found.append(self._came[at:end])
            at = end
        if at > len(self._came):
            return []
        self._came = self._came[at:]
        self._asked -= len(found)
        return found


def _started() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Our end, and the process: it finds what this one finds, and nothing of its folder (`-P`)."""
    command = [sys.executable, "-P", "-m", "digest.signing_process"]
    here = os.pathsep.join(path or "." for path in sys.path)
    ours, theirs = socket.socketpair()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _LEFT_TO_US)  # it inherits what is blocked
    try:
        process = subprocess.Popen(  # noqa: S603  # our own module
            command,
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            env={**os.environ, "PYTHONPATH": here},
        )
    except OSError:
        ours.close()
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
    return ours, process
