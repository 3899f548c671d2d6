"""Asks the server of `warm.py` for a command with this process's streams, and ends as it does.

python -I -S warm_client.py SOCKET ARGUMENTS...
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys


def main() -> int:
    """Passes signals on; a command that a signal ended takes this process with it."""
    with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as answers:
        connection.connect(sys.argv[1])
        socket.send_fds(connection, [b"."], [0, 1, 2])
        folder = os.getcwd()  # noqa: PTH109  # pathlib takes as long to load as all the rest
        said = {"folder": folder, "variables": dict(os.environ), "arguments": sys.argv[2:]}
        connection.sendall(json.dumps(said).encode() + b"\n")
        process = int(answers.readline())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _frame: os.kill(process, number))
        code = int(answers.readline())
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main())
