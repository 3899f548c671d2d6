"""What a look at who is due costs with a million readers and nobody due.

    python benchmarks/tick.py [--readers 1000000] [--postgres URL]

On SQLite, and on PostgreSQL where its URL is given (an empty database). Prints the median and
the worst of 200 ticks: settle, find the due, record. The bound is 100 ms. Beside it, in the same
run and on the same rows, the peer: a schedule that asks every reader's row whether its hour has
come, as one does that keeps hour and time zone and no instant.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text

from digest.app import App, make_app
from digest.settings import Settings
from digest.testing import FakeSource
from subscribers.tables import subscribers

NOW = datetime(2026, 8, 20, 8, 0, 30, tzinfo=UTC)
TICKS, SCANS, BLOCK, BOUND = 200, 3, 20_000, 100.0
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--postgres", default="", help="an empty database")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        on_sqlite = run(f"sqlite:///{folder}/digest.sqlite3", Path(folder), chosen.readers)
        held = [on_sqlite]
        if chosen.postgres:
            held.append(run(chosen.postgres, Path(folder), chosen.readers))
    raise SystemExit(not all(held))


def run(url: str, folder: Path, readers: int) -> bool:
    """Fills a database, measures, and says whether the bound was held."""
    settings = Settings(folder=folder, database=url, keys=folder / "keys")
    app = make_app(settings, source=FakeSource(), clock=lambda: NOW)
    app.set_up()
    fill(app, readers)
    ticks = sorted(measured(lambda: tick(app)) for _ in range(TICKS))
    scans = sorted(measured(lambda: scan(app)) for _ in range(SCANS))
    name = app.engine.dialect.name
    app.close()
    median, worst = statistics.median(ticks), ticks[-1]
    print(f"{name}, {readers:,} readers, nobody due, {TICKS} ticks")
    print(f"  by the index: median {median:.1f} ms, worst {worst:.1f} ms")
    print(f"  peer, every row: median {statistics.median(scans):,.0f} ms")
    print(f"  bound {BOUND:g} ms: {'held' if worst <= BOUND else 'BROKEN'}", flush=True)
    return worst <= BOUND


def measured(call: Callable[[], object]) -> float:
    """How many milliseconds it takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def tick(app: App) -> None:
    app.settle()
    planned = app.planner.due(NOW)
    assert str(planned) == "nobody was due", planned
    app.outcomes.lives(1, NOW)


def scan(app: App) -> int:
    """How many are due by hour and time zone alone: a look at every row."""
    found, c = 0, subscribers.c
    walls = {zone: NOW.astimezone(ZoneInfo(zone)) for zone in ZONES}
    query = select(c.id, c.timezone, c.hour, c.minute).where(c.status == "confirmed")
    with app.engine.connect() as connection:
        rows = connection.execution_options(yield_per=BLOCK).execute(query)
        for row in rows:
            wall = walls[row.timezone]
            found += (wall.hour, wall.minute) == (row.hour, row.minute)
    return found


def fill(app: App, readers: int) -> None:
    row = {
        "status": "confirmed", "cadence": "daily", "weekday": 0, "minute": 0, "catch_up": False,
        "template": "daily", "locale": "en", "max_papers": 10, "near": False,
        "also_trending": True, "when_nothing": "silence", "created_at": NOW, "had_number": 0,
    }  # fmt: skip
    for start in range(0, readers, BLOCK):
        with app.engine.begin() as connection:
            connection.execute(
                insert(subscribers),
                [
                    {**row, "email": f"r{n}@example.org", "email_key": f"r{n}@example.org",
                     "hour": n % 24, "timezone": ZONES[n % len(ZONES)],
                     "due_at": NOW + timedelta(seconds=1 + n % 86_400)}
                    for n in range(start, min(start + BLOCK, readers))
                ],
            )  # fmt: skip
    with app.engine.connect() as connection:  # as the database does by itself in time
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


if __name__ == "__main__":
    main()
