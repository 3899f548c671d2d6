"""How much two workers do of what one does, where the sender is the limit.

    python -m benchmarks.workers --postgres URL [--messages 4000] [--rounds 3] [--sink PROGRAM]

Digests of 57 KB, signed by RSA, sent to a sink in C that throws them away: what limits is the
signature. A worker signs on all cores that it may use, so each has one core of its own here, as if
its machine had no more; PostgreSQL and the sink share the cores with them. One worker and two take
turns, in the other order every other round, since a shared machine's speed changes by the minute;
the ratio of each round is what counts. Asked is 1.7 at least, on two cores that nothing else uses.
`openssl speed` runs in as many processes beside it: its own ratio says what the machine could have
given.

The database has to be empty. A worker is a process of its own, as `digest worker` is.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import func, select, text

from benchmarks.outbox import add_readers
from benchmarks.peers import sink
from benchmarks.senders import installation, plan, settled_rate
from digest.delivery.tables import deliveries
from digest.model import DeliveryState
from digest.workers.outbox import SharedOutbox
from digest.workers.wanted import DELIVERIES
from digest.workers.worker import Worker

ROOT = Path(__file__).resolve().parents[1]
ASKED = 1.7
SHARDS = 40  # of a run: as many jobs as 200,000 deliveries are
PATIENCE = 600.0


@dataclass(frozen=True)
class Round:
    """Messages a second of one worker and of two, and OpenSSL's signatures likewise."""

    workers: tuple[float, float]
    openssl: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Of two workers to one."""
        return self.workers[1] / self.workers[0]

    @property
    def possible(self) -> float:
        """Of two processes of OpenSSL to one, in the same minute."""
        return self.openssl[1] / self.openssl[0]


def main() -> None:
    """Runs the rounds and prints ratios; ends with 1 where the bound is broken."""
    chosen = _arguments()
    if chosen.work:
        asyncio.run(work(Path(chosen.work), chosen.postgres, chosen.port))
        return
    with tempfile.TemporaryDirectory() as folder, sink(chosen.sink) as port:
        bench = Bench(Path(folder), chosen.postgres, port, chosen.messages)
        rounds = [bench.round(number) for number in range(chosen.rounds)]
        bench.app.close()
    tell(rounds)
    raise SystemExit(statistics.median(one.ratio for one in rounds) < ASKED)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", required=True, help="an empty database's URL")
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sink", type=Path, help="a sink's program; compiled from source without")
    parser.add_argument("--work", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


class Bench:
    """One installation; each run sends an occasion of its own."""

    def __init__(self, folder: Path, url: str, port: int, messages: int) -> None:
        self.folder, self.url, self.port, self.messages = folder, url, port, messages
        self.app = app = installation(folder, port, signed=True, database=url)
        app.set_up()
        app.outbox = SharedOutbox(app.engine, address_hash=app.ring.address_hash)
        add_readers(app.engine, messages)
        step = max(DELIVERIES * SHARDS // messages, 1)
        with app.engine.begin() as connection:
            connection.execute(text(f"ALTER SEQUENCE deliveries_id_seq INCREMENT BY {step}"))

    def round(self, number: int) -> Round:
        """One worker and two, each beside OpenSSL."""
        rates, alone = {}, {}
        for count in (1, 2) if number % 2 == 0 else (2, 1):
            alone[count] = openssl(count)
            rates[count] = self.rate(count, f"round {number}, {count}")
        told = Round((rates[1], rates[2]), (alone[1], alone[2]))
        print(f"one {rates[1]:,.0f}, two {rates[2]:,.0f} a second: {told.ratio:.2f}", end="; ")
        print(f"openssl {told.possible:.2f}", flush=True)
        return told

    def rate(self, count: int, occasion: str) -> float:
        """Messages a second of so many workers, by the ledger's own instants."""
        with self._working(count):
            plan(self.app, self.messages, occasion)
            _await(lambda: self._accepted(occasion) == self.messages, "all messages")
        return settled_rate(self.app, occasion)

    @contextmanager
    def _working(self, count: int) -> Iterator[None]:
        """Workers that have begun to take jobs."""
        command = [sys.executable, "-m", "benchmarks.workers", "--postgres", self.url]
        command += ["--work", str(self.folder), "--port", str(self.port)]
        cores = sorted(os.sched_getaffinity(0))
        started = [subprocess.Popen(command, cwd=ROOT) for _ in range(count)]
        for number, process in enumerate(started):
            os.sched_setaffinity(process.pid, {cores[number % len(cores)]})
        try:
            _await(lambda: self._living() == count, "the workers")
            yield
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait()

    def _living(self) -> int:
        """Each process is a worker of either queue, and signs off when it ends."""
        with self.app.engine.connect() as connection:
            query = text("SELECT count(*) FROM procrastinate_workers")
            return int(connection.execute(query).scalar_one()) // 2

    def _accepted(self, occasion: str) -> int:
        c = deliveries.c
        query = select(func.count()).where(
            c.occasion == occasion, c.state == DeliveryState.ACCEPTED.value
        )
        with self.app.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())


async def work(folder: Path, url: str, port: int) -> None:
    """A worker until SIGTERM, which tells of nothing but trouble."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = installation(folder, port, signed=True, database=url)
    await Worker(app).run(stop)
    app.close()


def openssl(count: int) -> float:
    """RSA-2048 signatures a second of so many processes, by the clock on the wall."""
    command = ["openssl", "speed", "-elapsed", "-seconds", "1", "-multi", str(count), "rsa2048"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"rsa\s+2048 bits\s+\S+\s+\S+(?:\s+\S+)*?\s+(\d+\.\d)\s+(\d+\.\d)", output)
    return float(found[1]) if found else float("nan")


def tell(rounds: Sequence[Round]) -> None:
    """Prints medians and spreads."""
    for place, name in enumerate(("one worker", "two workers")):
        rates = [one.workers[place] for one in rounds]
        print(f"{name}: {statistics.median(rates):,.0f} a second ", end="")
        print(f"({min(rates):,.0f} to {max(rates):,.0f})")
    for name, ratios in (
        (f"two of one, asked {ASKED}", [one.ratio for one in rounds]),
        ("openssl, two of one", [one.possible for one in rounds]),
    ):
        print(f"{name}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _await(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            raise SystemExit(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
