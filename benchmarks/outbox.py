"""How many deliveries a second the outbox alone plans, claims and settles, and in what memory.

    python -m benchmarks.outbox [--deliveries 100000] [--rounds 3] [--postgres URL] [--memory]

Every commit is flushed to the disk, as in a real run. As many rows are claimed at once as a
sender at full speed claims (`LARGEST_CLAIM`), and settled in batches of 50, as it does it; a
second line settles 200 at once, for what the batch costs. `--memory` tells only the peak memory
of one process that plans, claims and settles them all. The selections are as long as those of
ten papers. A round uses a database of its own; PostgreSQL's must be empty, and is emptied again.

The disk beside it: the same pages written and flushed by a bare loop over SQLite, one commit
of 50 rows of that length, which is what no outbox could pass.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from digest.database import open_database, upgrade
from digest.delivery import Outbox, Plan, Settlement
from digest.delivery.run import LARGEST_CLAIM
from digest.model import DeliveryState

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
SELECTION = json.dumps({"entries": [{"p": n, "because": "x" * 120} for n in range(10)]})
ACCEPTED = Settlement(DeliveryState.ACCEPTED, None, 250, "2.0.0", "Ok: queued as 4ZQ2Xk1")
COLUMNS = (
    "email, email_key, status, cadence, weekday, hour, minute, timezone, catch_up, template,"
    " locale, max_papers, near, also_trending, when_nothing, created_at"
)
REST = "'confirmed', 'daily', 0, 8, 0, 'UTC', false, 'daily', 'en', 10, false, true, 'silence'"


def main() -> None:
    """Runs the rounds and prints the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", help="an empty database's URL, measured too")
    parser.add_argument("--memory", action="store_true", help="only the peak memory, by phases")
    chosen = parser.parse_args()
    if chosen.memory:
        memory(chosen.deliveries)
        return
    found: dict[str, list[float]] = {}
    for _ in range(chosen.rounds):
        for name, rate in one_round(chosen.deliveries, chosen.postgres):
            found.setdefault(name, []).append(rate)
    for name, rates in found.items():
        spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
        print(f"{name:44}{statistics.median(rates):10,.0f} a second   {spread}")
    print(f"peak memory at {chosen.deliveries:,} deliveries: {_peak():,.0f} MiB")


def memory(count: int) -> None:
    """What a process needs that plans and sends so many, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{folder}/memory.sqlite3")
        upgrade(engine)
        add_readers(engine, count)
        print(f"{'readers added':32}{_peak():6,.0f} MiB")
        outbox = Outbox(engine)
        assert outbox.enqueue(plan(number) for number in range(1, count + 1)) == count
        print(f"{f'{count:,} planned':32}{_peak():6,.0f} MiB")
        assert empty(outbox, 50) == count
        print(f"{f'{count:,} claimed and settled':32}{_peak():6,.0f} MiB")
        engine.dispose()


def _peak() -> float:
    """The most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one_round(count: int, postgres: str | None) -> Iterator[tuple[str, float]]:
    """Every way once."""
    with tempfile.TemporaryDirectory() as folder:
        yield (
            "the disk: bare SQLite, commits of 50",
            disk(Path(folder) / "bare", min(count, 50_000)),
        )
        for batch in (50, 200):
            path = Path(folder) / f"{batch}.sqlite3"
            yield from figures("SQLite", open_database(f"sqlite:///{path}"), count, batch)
            path.unlink()
    if postgres:
        for batch in (50, 200):
            engine = open_database(postgres)
            yield from figures("PostgreSQL", engine, count, batch)
            with engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            engine.dispose()


def figures(name: str, engine: Engine, count: int, batch: int) -> Iterator[tuple[str, float]]:
    """The rates of planning and of sending on one database."""
    upgrade(engine)
    add_readers(engine, count)
    outbox = Outbox(engine)
    begun = time.perf_counter()
    assert outbox.enqueue(plan(number) for number in range(1, count + 1)) == count
    planned = time.perf_counter()
    assert empty(outbox, batch) == count
    ended = time.perf_counter()
    if batch == 50:
        yield f"{name}, planned", count / (planned - begun)
    yield f"{name}, claimed and settled by {batch}", count / (ended - planned)
    engine.dispose()


def empty(outbox: Outbox, batch: int) -> int:
    """Claims and settles until nothing is due; returns how many."""
    total = 0
    while claimed := outbox.claim("benchmark", LARGEST_CLAIM, NOW).deliveries:
        for start in range(0, len(claimed), batch):
            part = claimed[start : start + batch]
            written = outbox.settle([(row.id, row.token, ACCEPTED) for row in part], NOW)
            total += len(written)
    return total


def plan(number: int) -> Plan:
    """A digest for the reader of a number."""
    return Plan(
        subscriber_id=number,
        kind="daily",
        occasion="2026-08-20",
        recipient=f"reader{number}@example.org",
        planned_at=NOW,
        due_at=NOW,
        expires_at=NOW + timedelta(days=2),
        selection=SELECTION,
        template="daily",
        template_hash="0" * 64,
        key_id=1,
    )


def add_readers(engine: Engine, count: int, domain: str = "example.org") -> None:
    """So many confirmed readers, in blocks: this benchmark's own memory is measured, too."""
    statement = text(f"INSERT INTO subscribers ({COLUMNS}) VALUES (:e, :e, {REST}, :at)")
    for start in range(1, count + 1, 10_000):
        numbers = range(start, min(start + 10_000, count + 1))
        with engine.begin() as connection:
            rows = [{"e": f"reader{n}@{domain}", "at": "2026-08-20 08:00:00+00"} for n in numbers]
            connection.execute(statement, rows)


def disk(path: Path, count: int) -> float:
    """Rows written and written again in commits of 50, by nothing but SQLite."""
    with sqlite3.connect(path, isolation_level=None) as database:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, state TEXT, selection TEXT)")
        rows = ((n, "planned", SELECTION) for n in range(count))
        database.execute("BEGIN")
        database.executemany("INSERT INTO bare VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")
        begun = time.perf_counter()
        for start in range(0, count, 50):
            database.execute("BEGIN")
            changed = "UPDATE bare SET state = 'accepted' WHERE id >= ? AND id < ?"
            database.execute(changed, (start, start + 50))
            database.execute("COMMIT")
    return count / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
