"""The `digest` command without the second that its imports take: forked where they are done.

    python -m tests.acceptance.warm SOCKET

imports the command's modules, and for whoever connects it forks a process that does what
`python -m digest` does next, with their arguments, variables, folder and standard streams. It ends
when its standard input does. Imports in a fresh process are seen by the tests that start one:
`Digest.start`, `test_start.py`, `test_packaging.py`.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import digest
import subscribers
from tests.support import ROOT

CLIENT = Path(__file__).with_name("warm_client.py")


def command(*arguments: str) -> list[str]:
    """What runs `digest` with these arguments, as `subprocess` takes it."""
    return [sys.executable, "-I", "-S", str(CLIENT), str(_socket()), *arguments]


@cache
def _socket() -> Path:
    """Of one server for each test process; it ends with that."""
    folder = Path(tempfile.mkdtemp(prefix="digest-warm-"))
    address = folder / "socket"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DIGEST_", "COV_CORE"))}
    told = kept | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}  # no thread to fork
    server = subprocess.Popen(
        [sys.executable, "-m", __name__, str(address)],
        env=told,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    atexit.register(_end, server, folder)
    while not address.exists():
        assert server.poll() is None, "the server of commands did not start"
        time.sleep(0.02)
    return address


def _end(server: subprocess.Popen[bytes], folder: Path) -> None:
    assert server.stdin
    server.stdin.close()
    server.wait()
    shutil.rmtree(folder)


def serve(address: Path) -> None:
    """Returns in each process that is to be a command, and where the tests have ended never."""
    for package in (digest, subscribers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and "__main__" not in module.name:
                importlib.import_module(module.name)
    gc.freeze()  # what no collection visits, no process has to copy: a quarter of the time
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{address}.new")
    listening.listen()
    Path(f"{address}.new").rename(address)  # who sees it can connect
    while listening.fileno() in select.select([listening.fileno(), 0], [], [])[0]:
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            return become_a_command(connection)
        connection.close()
        bury_the_dead()
    sys.exit()


def bury_the_dead() -> None:
    """Those that watched and have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def become_a_command(connection: socket.socket) -> None:
    """Forks once more: one is the command, the other tells its client how it ended."""
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as asked:
        said = json.loads(asked.readline())
    process = os.fork()
    if process:
        os._exit(watch(process, connection))
    connection.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    put_on(said)


def put_on(said: dict[str, Any]) -> None:
    """The folder, variables and arguments of somebody else."""
    os.chdir(said["folder"])
    os.environ.clear()
    os.environ.update(said["variables"])
    time.tzset()
    sys.argv = ["digest", *said["arguments"]]
    sys.path[0] = said["folder"]  # as `python -m` has it


def watch(process: int, connection: socket.socket) -> int:
    """Waits for a command, tells how it ended, and kills it when nobody asks any more."""
    connection.sendall(b"%d\n" % process)
    ended = os.pidfd_open(process)
    if ended not in select.select([ended, connection.fileno()], [], [])[0]:
        os.kill(process, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    connection.sendall(b"%d\n" % code)
    return 0


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
    runpy.run_module("digest", run_name="__main__", alter_sys=True)
