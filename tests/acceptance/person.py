"""What a person does at a terminal and no script can: types a password, ends what would go on.

    python -m tests.acceptance.person preview --port 8760

Runs `python -m digest` with these arguments at a terminal of its own. A password is typed where
one is asked for; once a page is served, Ctrl-C is pressed. Ends with the command's code.
"""

from __future__ import annotations

import os
import pty
import sys

PASSWORD = b"correct horse battery staple\n"
#: What the terminal shows last, and what a person does then; Ctrl-C is the octet 3.
REACTIONS = ((b"assword: ", PASSWORD), (b"onfirmation: ", PASSWORD), (b"Ctrl-C", b"\x03"))


def main() -> int:
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-m", "digest", *sys.argv[1:]])
    unanswered = b""
    while shown := _read(terminal):
        sys.stdout.buffer.write(shown)
        unanswered += shown
        for words, answer in REACTIONS:
            if words in unanswered:
                os.write(terminal, answer)
                unanswered = b""
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


def _read(terminal: int) -> bytes:
    """What is shown next, b"" at the end."""
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when the other side has closed (pty(7))
        return b""


if __name__ == "__main__":
    sys.exit(main())
