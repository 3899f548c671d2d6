"""What stands beside the program in `benchmarks/delivery.py`: C, and the naive way."""

from __future__ import annotations

import re
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.render import digests, naive
from digest.model import Digest

SINK = Path(__file__).resolve().parents[2] / "shared" / "bench" / "fastsink.c"
CONNECTIONS = 10
OCTETS = 57_000


def smtp_source(port: int, count: int) -> float:
    """Postfix's own load generator, in C: messages a second."""
    command = ["smtp-source", "-s", str(CONNECTIONS), "-l", str(OCTETS), "-m", str(count)]
    addresses = ["-f", "a@digest.example", "-t", "b@example.org"]
    begun = time.perf_counter()
    subprocess.run([*command, *addresses, f"127.0.0.1:{port}"], check=True)
    return count / (time.perf_counter() - begun)


def openssl_signatures() -> float:
    """What OpenSSL itself signs with RSA-2048 a second on one core.

    By the clock on the wall, as all others here: by default it counts processor time, so that on
    a shared machine it alone would run as if it were alone.
    """
    command = ["openssl", "speed", "-elapsed", "-seconds", "1", "rsa2048"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"rsa\s+2048 bits\s+\S+\s+\S+(?:\s+\S+)*?\s+(\d+\.\d)\s+(\d+\.\d)", output)
    return float(found[1]) if found else float("nan")


def naive_pipeline(port: int, count: int) -> float:
    """What most people write: for each reader a rendering, an EmailMessage, and a connection."""
    make = naive()
    papers = fewest_papers(make)
    readers = [replace(each, entries=each.entries[:papers]) for each in digests(1, count)]
    begun = time.perf_counter()
    for digest in readers:
        data = make(digest)
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.sendmail("a@digest.example", [digest.subscriber.email], data)
    return count / (time.perf_counter() - begun)


def fewest_papers(make: Callable[[Digest], bytes]) -> int:
    """How many of ten papers make a message as long as everybody's; as many as there are, else."""
    (whole,) = digests(1, 1)
    for papers in range(1, len(whole.entries)):
        if len(make(replace(whole, entries=whole.entries[:papers]))) >= OCTETS:
            return papers
    return len(whole.entries)


@contextmanager
def sink(program: Path | None) -> Iterator[int]:
    """An SMTP server in C that throws everything away; gives its port."""
    with tempfile.TemporaryDirectory() as folder:
        made = program or Path(folder) / "sink"
        if program is None:
            subprocess.run(["gcc", "-O2", "-include", "stddef.h", "-o", made, SINK], check=True)
        port = _free_port()
        with subprocess.Popen([made, str(port)], stderr=subprocess.DEVNULL) as running:
            try:
                _await_port(port)
                yield port
            finally:
                running.send_signal(signal.SIGTERM)


def missing() -> str:
    """The program that a run needs and that is not there, "" where all are."""
    return next((name for name in ("smtp-source", "openssl") if not shutil.which(name)), "")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _await_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit("the sink did not start")
