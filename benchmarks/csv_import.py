"""How long an import of 100,000 subscribers takes, beside a row-by-row insert in the same run.

The file is listmonk's export with 500 bad lines. The peer does what a first script would: it
reads the file with the standard library, checks each address with email-validator, and inserts
row by row, first in one transaction, then with a commit for each. It checks no topic, no
suppression and no earlier subscriber, and records no consent.

    python benchmarks/csv_import.py [--lines 100000] [--committed 5000]
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from digest.database import open_database, upgrade
from subscribers.model import Subscriber
from subscribers.tokens import Keyring
from subscribers.transfer import Fate, Loader, Reader, write

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
TOPICS = ("in-context learning", "RL -survey", "GUI agent", "diffusion", '"world model"')
WORDS = random.Random(1)
SINCE = "2025-01-02T03:04:05Z"


def make(lines: int, bad: int) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["uuid", "email", "name", "attributes", "status", "created_at", "updated_at"])
    broken = set(WORDS.sample(range(lines), bad))
    for number in range(lines):
        email = f"reader{number}" + ("" if number in broken else f"@example{number % 50}.org")
        chosen = json.dumps({"topics": [WORDS.choice(TOPICS)]})
        writer.writerow(
            [
                number,
                email,
                "Name",
                chosen,
                "enabled",
                "2025-01-02T03:04:05Z",
                "2025-01-02T03:04:05Z",
            ]
        )
    return file.getvalue().encode()


def ours(data: bytes, other: bytes, folder: Path) -> str:
    """Imports a file, exports, imports that again, and another that changes most topics."""
    engine = open_database(f"sqlite:///{folder}/ours.sqlite3")
    upgrade(engine)
    ring = Keyring.generate()
    started = time.perf_counter()
    reading = Reader(Subscriber(email=""), NOW).read(data, "subscribers.csv")
    read = time.perf_counter()
    Loader(engine, ring, NOW).load(reading.good)
    loaded = time.perf_counter()
    file = io.StringIO(newline="")
    count = write(engine, ring, file)
    written = time.perf_counter()
    again = Loader(engine, ring, NOW, update=True)
    again.load(Reader(Subscriber(email=""), NOW).read(file.getvalue().encode(), "a.csv").good)
    taken = time.perf_counter()
    changed = Reader(Subscriber(email=""), NOW).read(other, "other.csv").good
    fates = Loader(engine, ring, NOW, update=True).load(changed)
    ended = time.perf_counter()
    assert count == len(reading.good)
    return (
        f"ours: {len(reading.good)} taken, {len(reading.bad)} bad lines named: read and checked in "
        f"{read - started:.1f} s, written in {loaded - read:.1f} s, together "
        f"{loaded - started:.1f} s; exported in {written - loaded:.1f} s, and that imported again "
        f"in {taken - written:.1f} s; with --update, {fates[Fate.UPDATED]} of them changed, in "
        f"{ended - taken:.1f} s"
    )


def naive(data: bytes, folder: Path, lines: int, *, commit: bool) -> float:
    """Seconds for `lines` lines."""
    connection = sqlite3.connect(folder / f"naive{commit}.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE s (id INTEGER PRIMARY KEY, email TEXT UNIQUE, topics TEXT)")
    started = time.perf_counter()
    connection.execute("BEGIN") if not commit else None
    for number, row in enumerate(csv.DictReader(io.StringIO(data.decode(), newline=""))):
        if number == lines:
            break
        try:
            email = validate_email(row["email"], check_deliverability=False).normalized
        except EmailNotValidError:
            continue
        values = (email, row["attributes"])
        connection.execute("INSERT INTO s (email, topics) VALUES (?, ?)", values)
    connection.execute("COMMIT") if not commit else None
    connection.close()
    return time.perf_counter() - started


def main(say: Callable[[str], object] = print) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--committed", type=int, default=5_000)
    given = parser.parse_args()
    data = make(given.lines, given.lines // 200)
    say(f"Python {sys.version.split()[0]}, {given.lines} lines, {len(data) / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        say(ours(data, make(given.lines, 0), folder))
        seconds = naive(data, folder, given.lines, commit=False)
        say(f"row by row, one transaction, addresses alone: {seconds:.1f} s")
        seconds = naive(data, folder, given.committed, commit=True)
        scaled = seconds * given.lines / given.committed
        part = f"{seconds:.1f} s for {given.committed}"
        say(f"row by row, a commit for each: {part}, so {scaled:.0f} s for all")
    say(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
