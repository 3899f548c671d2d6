"""A million readers: selected for and planned, and a sample of them delivered.

    python -m benchmarks.million [--readers 1000000] [--postgres URL] [--sample 100000]

One to ten topics each of 5,000, an edition of 100 papers, everybody due at once: the program's own
planner, on SQLite and, where the URL of an empty database is given, on PostgreSQL. Filling the
database is not counted. Planning runs in a process of its own, whose peak memory is told; it
starts no others. Asked are 30 s on SQLite and 60 s on PostgreSQL, on two cores, in 500 MiB.

The sample (0 leaves it out) goes through the whole application: claim, render, sign, send, settle.
Beside it, in the same run, `smtp-source`; the time for a million follows from both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, func, select, text

from benchmarks.delivery import child
from benchmarks.peers import SINK, missing, sink, smtp_source
from benchmarks.selection import made_papers, made_topics
from digest.app import App, make_app
from digest.delivery.tables import deliveries
from digest.model import DayState
from digest.settings import Sender, Settings
from digest.testing import FakeSource
from subscribers.rows import topic_ids
from subscribers.tables import subscriber_topics, subscribers

ROOT = Path(__file__).resolve().parents[1]
DAY, NOW = date(2026, 8, 20), datetime(2026, 8, 21, 8, tzinfo=UTC)
TOPICS, PAPERS, BLOCK = 5000, 100, 20_000
BOUNDS = {"sqlite": 30.0, "postgresql": 60.0}  # seconds for a million
MEMORY = 500  # MiB
READER = {
    "status": "confirmed", "cadence": "daily", "weekday": 0, "hour": 8, "minute": 0,
    "timezone": "UTC", "catch_up": False, "template": "daily", "locale": "en", "max_papers": 10,
    "near": False, "also_trending": True, "when_nothing": "silence", "created_at": NOW,
    "confirmed_at": NOW, "due_at": NOW, "had_number": 0, "suppressed": False, "soft_bounces": 0,
}  # fmt: skip


def main() -> None:
    """Plans on each database, and delivers the sample."""
    chosen = _arguments()
    if chosen.plan:
        print(json.dumps(plan(chosen.plan, Path(chosen.folder))))
        return
    with tempfile.TemporaryDirectory(dir=chosen.scratch) as folder:
        urls = [f"sqlite:///{folder}/digest.sqlite3", *filter(None, [chosen.postgres])]
        held = [on(url, Path(folder), chosen.readers) for url in urls if chosen.readers]
    if chosen.sample:
        deliver(chosen.sample, chosen.sink)
    raise SystemExit(not all(held))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=1_000_000, help="0 plans nothing")
    parser.add_argument("--sample", type=int, default=100_000)
    parser.add_argument("--postgres", help="an empty database's URL")
    parser.add_argument("--sink", type=Path, help="a sink's program; compiled from source without")
    parser.add_argument("--scratch", type=Path, help="a folder for the SQLite database")
    parser.add_argument("--plan", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def on(url: str, folder: Path, readers: int) -> bool:
    """Fills a database, plans in a process of its own; whether the bounds were held."""
    app = installation(url, folder)
    began = time.perf_counter()
    fill(app, readers)
    name, empty = app.engine.dialect.name, size(app)
    print(f"{name}: {readers:,} readers filled in {time.perf_counter() - began:.0f} s", flush=True)
    command = [sys.executable, "-m", "benchmarks.million", "--plan", url, "--folder", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
    found = json.loads(done.stdout)
    planned, after = count(app), size(app)
    app.close()
    bound = BOUNDS[name] * readers / 1_000_000
    print(f"  {found['told']}")
    print(f"  selected and planned in {found['seconds']:.1f} s, asked {bound:.1f} s", end="; ")
    print(f"{found['processor']:.1f} s of one core in this process")
    print(f"  load {found['load'][0]:.1f} before, {found['load'][1]:.1f} after", end="; ")
    print(f"peak memory {found['memory']:.0f} MiB, asked {MEMORY}")
    print(f"  {planned:,} rows; octets: {empty / readers:.0f} a reader with topics", end=", ")
    print(f"{(after - empty) / max(planned, 1):.0f} a delivery", flush=True)
    return bool(found["seconds"] <= bound and found["memory"] <= MEMORY)


def installation(url: str, folder: Path) -> App:
    """An installation whose source has listed a hundred papers."""
    settings = Settings(
        folder=folder,
        database=url,
        keys=folder / "keys",
        sender=Sender(address="digest@example.org", public_url="https://digest.example.org"),
    )
    return make_app(settings, source=FakeSource(), clock=lambda: NOW)


def plan(url: str, folder: Path) -> dict[str, Any]:
    """What planning for everybody costs; nothing else happens in this process."""
    app = installation(url, folder)
    before = os.getloadavg()[0]
    began, processor = time.perf_counter(), time.process_time()
    told = str(app.planner.due(NOW))
    figures = {
        "told": told,
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - processor,
        "load": (before, os.getloadavg()[0]),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    app.close()
    return figures


def fill(app: App, readers: int) -> None:
    """Papers, topics, and readers who ask for one to ten of them."""
    app.set_up()
    random = np.random.default_rng(1)
    papers = made_papers(PAPERS, random)
    source = app.source
    assert isinstance(source, FakeSource)
    source.lists(DAY, papers, DayState.CLOSED)
    asyncio.run(app.pull([DAY]))
    with app.engine.begin() as connection:
        ids = list(topic_ids(connection, made_topics(TOPICS, papers, random)).values())
    for start in range(1, readers + 1, BLOCK):
        numbers = range(start, min(start + BLOCK, readers + 1))
        with app.engine.begin() as connection:
            load(connection, subscribers, _readers(numbers))
            load(connection, subscriber_topics, _asked(numbers, ids, random))
    with app.engine.connect() as connection:  # as the database does by itself in time
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _readers(numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    for number in numbers:
        address = f"reader{number}@example{number % 97}.org"
        yield {**READER, "id": number, "email": address, "email_key": address}


def _asked(
    numbers: Sequence[int], ids: list[int], random: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """One to ten topics each, the popular ones more often; one in twenty is an exclusion."""
    for number, many in zip(numbers, random.integers(1, 11, len(numbers)).tolist(), strict=True):
        wanted = dict.fromkeys((len(ids) * random.random(many) ** 2).astype(int).tolist())
        for position, topic in enumerate(wanted):
            excluded = position > 0 and random.random() < 0.05
            yield {"subscriber_id": number, "position": position, "topic_id": ids[topic],
                   "excluded": excluded, "paused": False}  # fmt: skip


def load(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    """Many rows into a table: by COPY where there is one."""
    if connection.dialect.name == "sqlite":
        connection.execute(table.insert(), list(rows))
        return
    first = next(rows)
    names = ", ".join(first)
    driver = connection.connection.driver_connection
    assert driver is not None
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy,
    ):
        copy.write_row(list(first.values()))
        for row in rows:
            copy.write_row(list(row.values()))


def count(app: App) -> int:
    """Rows of the outbox."""
    with app.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(deliveries)).scalar_one())


def size(app: App) -> int:
    """Octets of the database."""
    pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    whole = "SELECT pg_database_size(current_database())"
    with app.engine.connect() as connection:
        query = pages if app.engine.dialect.name == "sqlite" else whole
        return int(connection.execute(text(query)).scalar_one())


def deliver(count: int, program: Path | None) -> None:
    """A sample through the whole application, beside `smtp-source`."""
    if missing() or not (program or SINK.exists()):
        print(f"no sample delivered: needs {missing() or 'a sink (--sink PROGRAM)'}")
        return
    loop = "uvloop" if find_spec("uvloop") else "asyncio"
    with sink(program) as port:
        peer = [smtp_source(port, count)]
        rates = {
            "unsigned, one process": child("whole", loop, "plain:1", port, count),
            "RSA-signed, one process": child("whole", loop, "rsa:1", port, count),
            "RSA-signed, two processes": child("whole", loop, "rsa:2", port, count),
        }
        peer.append(smtp_source(port, count))
    print(f"delivered {count:,} each; smtp-source {peer[0]:,.0f} and {peer[1]:,.0f} a second")
    for name, rate in rates.items():
        ratio, hours = rate / (sum(peer) / 2), 1_000_000 / rate / 3600
        print(f"  {name}: {rate:,.0f} a second, {ratio:.2f} of smtp-source", end="; ")
        print(f"a million in {hours:.2f} h, worked out")


if __name__ == "__main__":
    main()
