"""How fast delivery is, beside C and beside what most people write, in one run.

    python benchmarks/delivery.py [--messages 20000] [--rounds 3] [--sink PROGRAM]

Needs `smtp-source` (Debian: postfix), a C compiler for the sink, and `openssl`. Every figure is
taken beside its peer in the same round, since a shared machine's speed changes by the minute:
the ratios are what counts. The median of the rounds is told, and their spread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtplib import SMTP
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from sqlalchemy import Engine, text

from digest.database import open_database, upgrade
from digest.delivery import Limits, Outbox, Plan, Sender, SmtpMailer
from digest.delivery.connect import Server
from digest.model import Delivery, Message, Outcome
from digest.settings import Delivering

ROOT = Path(__file__).resolve().parents[1]
SINK = ROOT.parent / "shared" / "bench" / "fastsink.c"
CONNECTIONS = 10
OCTETS = 57_000
NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
LINE = b"In-context reinforcement learning, seen from a paper's abstract at length.\r\n"
BODY = LINE * (OCTETS // len(LINE))


def main() -> None:
    arguments = _arguments()
    with sink(arguments.sink) as port:
        rounds = [one_round(port, arguments.messages) for _ in range(arguments.rounds)]
    table = {}
    for name in rounds[0]:
        values = [figures[name] for figures in rounds]
        table[name] = {"median": statistics.median(values), "low": min(values), "high": max(values)}
    source = [figures["smtp-source"] for figures in rounds]
    print(f"{'':44}{'a second':>10}{'of smtp-source':>16}{'spread':>14}")
    for name, found in table.items():
        ratios = [figures[name] / s for figures, s in zip(rounds, source, strict=True)]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"{name:44}{found['median']:10,.0f}{statistics.median(ratios):16.3f}{spread:>14}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process: {memory:.0f} MiB")
    if arguments.json:
        arguments.json.write_text(json.dumps({"rounds": rounds, "peak_mib": memory}, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sink", type=Path, help="a sink's program; compiled from source without")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    return parser.parse_args()


def one_round(port: int, count: int) -> dict[str, float]:
    """Every sender once, the peers first and last."""
    figures = {"smtp-source": smtp_source(port, count)}
    figures["client, asyncio, DATA"] = child("client", "asyncio", "data", port, count)
    figures["client, asyncio, BDAT"] = child("client", "asyncio", "bdat", port, count)
    if _has("uvloop"):
        figures["client, uvloop, DATA"] = child("client", "uvloop", "data", port, count)
        figures["client, uvloop, BDAT"] = child("client", "uvloop", "bdat", port, count)
    loop = "uvloop" if _has("uvloop") else "asyncio"
    figures["end to end, durable outbox, unsigned"] = child("whole", loop, "plain", port, count)
    few = max(count // 10, 500)
    figures["end to end, RSA-signed, one process"] = child("whole", loop, "rsa", port, few)
    figures["end to end, RSA-signed, two processes"] = two_processes(loop, port, few)
    figures["openssl speed rsa2048, signatures"] = openssl_signatures()
    figures["aiosmtplib, sendmail over a pool"] = child("library", "asyncio", "-", port, few)
    figures["smtp-source, again"] = smtp_source(port, count)
    return figures


# Senders


async def client(port: int, count: int, *, chunking: bool) -> float:
    """The client alone: messages that are ready, one after another over ten connections."""
    mailer = _mailer(port)
    mailer._chunking = chunking  # noqa: SLF001  # what a server without CHUNKING would decide
    messages = [_message(number) for number in range(50)]
    done, left = asyncio.Event(), count
    waiting = 2 * CONNECTIONS

    def answered(outcome: Outcome | None) -> None:
        nonlocal left
        left -= 1
        assert outcome is not None
        assert outcome.code == 250
        if left >= waiting:
            mailer.submit(messages[left % 50], answered)
        elif not left:
            done.set()

    begun = time.perf_counter()
    for number in range(waiting):
        mailer.submit(messages[number], answered)
    await done.wait()
    rate = count / (time.perf_counter() - begun)
    await mailer.aclose()
    return rate


async def whole(port: int, count: int, *, signed: bool, url: str = "") -> float:
    """Claim, render, sign, send, settle: the outbox is on disk and every commit is flushed."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(url) if url else filled(f"sqlite:///{folder}/outbox.sqlite3", count)
        render = _signer() if signed else lambda row: _message(row.subscriber_id, row.recipient)
        mailer = _mailer(port)
        sender = Sender(Outbox(engine), mailer, render, Delivering(), lambda: NOW)
        begun = time.perf_counter()
        report = await sender.run()
        rate = report.accepted / (time.perf_counter() - begun)
        await mailer.aclose()
        engine.dispose()
    return rate


async def library(port: int, count: int) -> float:
    """The library as it comes: a pool of ten, octets handed to `sendmail`."""
    numbers = iter(range(count))
    data = _message(1).data

    async def work() -> None:
        async with SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
            for _ in numbers:
                await smtp.sendmail("a@digest.example", ["b@example.org"], data)

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return count / (time.perf_counter() - begun)


def two_processes(loop: str, port: int, count: int) -> float:
    """Two senders on one outbox, as `--processes 2` makes them."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/outbox.sqlite3"
        filled(url, count).dispose()
        command = [sys.executable, __file__, "--child", "whole", loop, "rsa", str(port), str(count)]
        begun = time.perf_counter()
        senders = [subprocess.Popen([*command, url], stdout=subprocess.DEVNULL) for _ in range(2)]
        idle = _start_up()
        for sender in senders:
            assert sender.wait() == 0
        return count / (time.perf_counter() - begun - idle)


def _start_up() -> float:
    """Seconds that Python and the imports take, which are not sending."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import digest.delivery"], check=True, cwd=ROOT)
    return time.perf_counter() - begun


# Peers


def smtp_source(port: int, count: int) -> float:
    """Postfix's own load generator, in C."""
    command = ["smtp-source", "-s", str(CONNECTIONS), "-l", str(OCTETS), "-m", str(count)]
    addresses = ["-f", "a@digest.example", "-t", "b@example.org"]
    begun = time.perf_counter()
    subprocess.run([*command, *addresses, f"127.0.0.1:{port}"], check=True)
    return count / (time.perf_counter() - begun)


def openssl_signatures() -> float:
    """What OpenSSL itself signs on one core."""
    output = subprocess.run(
        ["openssl", "speed", "-seconds", "1", "rsa2048"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"rsa\s+2048 bits\s+\S+\s+\S+(?:\s+\S+)*?\s+(\d+\.\d)\s+(\d+\.\d)", output)
    return float(found[1]) if found else float("nan")


@contextmanager
def sink(program: Path | None) -> Iterator[int]:
    """An SMTP server in C that throws everything away."""
    with tempfile.TemporaryDirectory() as folder:
        made = program or Path(folder) / "sink"
        if program is None:
            subprocess.run(["gcc", "-O2", "-include", "stddef.h", "-o", made, SINK], check=True)
        port = _free_port()
        with subprocess.Popen([made, str(port)], stderr=subprocess.DEVNULL) as running:
            _await_port(port)
            yield port
            running.send_signal(signal.SIGTERM)


# What they share


def filled(url: str, count: int) -> Engine:
    """A database with so many readers, each with a digest planned."""
    engine = open_database(url)
    upgrade(engine)
    columns = "email, email_key, status, cadence, weekday, hour, minute, timezone, catch_up,"
    columns += " template, locale, max_papers, near, also_trending, when_nothing, created_at"
    rest = "'confirmed', 'daily', 0, 8, 0, 'UTC', false, 'daily', 'en', 10, false, true, 'silence'"
    statement = f"INSERT INTO subscribers ({columns}) VALUES (:e, :e, {rest}, :at)"
    readers = [{"e": f"reader{n}@example.org", "at": "2026-08-20 08:00:00"} for n in range(count)]
    with engine.begin() as connection:
        connection.execute(text(statement), readers)
    Outbox(engine).enqueue(
        Plan(
            subscriber_id=number + 1,
            kind="daily",
            occasion="2026-08-20",
            recipient=f"reader{number}@example.org",
            planned_at=NOW,
            due_at=NOW,
            expires_at=NOW + timedelta(days=2),
            selection=json.dumps({"entries": list(range(10))}),
        )
        for number in range(count)
    )
    return engine


def _message(number: int, recipient: str = "b@example.org") -> Message:
    head = b"Message-ID: <%d@digest.example>\r\nSubject: Ten papers\r\n\r\n" % number
    return Message(
        f"<{number}@digest.example>", "a@digest.example", recipient, head + BODY, dot_free=True
    )


def _signer() -> Callable[[Delivery], Message]:
    """RSA over the message's hash: what a DKIM signature costs."""
    key = rsa.generate_private_key(65537, 2048)

    def render(row: Delivery) -> Message:
        message = _message(row.subscriber_id, row.recipient)
        signature = key.sign(message.data, padding.PKCS1v15(), hashes.SHA256())
        data = b"X-Signature: %b\r\n%b" % (signature.hex().encode(), message.data)
        return Message(message.message_id, message.sender, row.recipient, data, dot_free=True)

    return render


def _mailer(port: int) -> SmtpMailer:
    where = Server(host="127.0.0.1", port=port, tls="none", hello="bench")
    return SmtpMailer(where, Limits(connections=CONNECTIONS, messages=10**9))


def child(kind: str, loop: str, way: str, port: int, count: int) -> float:
    """A figure from a process of its own, so that none inherits another's heap."""
    command = [sys.executable, __file__, "--child", kind, loop, way, str(port), str(count)]
    output = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return float(output)


def _as_child(kind: str, loop: str, way: str, port: str, count: str, url: str = "") -> None:
    if kind == "client":
        work = client(int(port), int(count), chunking=way == "bdat")
    elif kind == "whole":
        work = whole(int(port), int(count), signed=way == "rsa", url=url)
    else:
        work = library(int(port), int(count))
    if loop == "uvloop":
        import uvloop

        print(uvloop.run(work))
    else:
        print(asyncio.run(work))


def _has(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


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


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    sys.path.insert(0, str(ROOT))
    if not shutil.which("smtp-source"):
        raise SystemExit("needs smtp-source (Debian: postfix)")
    if sys.argv[1:2] == ["--child"]:
        _as_child(*sys.argv[2:])
    else:
        main()
