"""`python -m tests.nameserver records.json command…`: runs a command with DNS of our own.

It is meant for a namespace of its own (see `tests.judges`), where port 53 of 127.0.0.1 is
free and `/etc/resolv.conf` names it. The records are TXT records by their names.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset


def serve(sock: socket.socket, records: dict[str, str]) -> None:
    """Answers TXT queries until the socket is closed."""
    while True:
        try:
            data, client = sock.recvfrom(4096)
        except OSError:
            return
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        name = query.question[0].name
        text = records.get(name.to_text(omit_final_dot=True).lower())
        if text:
            parts = " ".join(f'"{text[i : i + 255]}"' for i in range(0, len(text), 255))
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", parts))
        sock.sendto(answer.to_wire(), client)


def main() -> int:
    """Serves while the command runs; its exit status is ours."""
    records = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 53))
        threading.Thread(target=serve, args=(sock, records), daemon=True).start()
        return subprocess.run(sys.argv[2:], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
