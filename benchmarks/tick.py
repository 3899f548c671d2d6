"""What a look at who is due costs with a million readers and nobody due.

    python benchmarks/tick.py [--readers 1000000] [--database URL]

Prints the median and the spread of 50 ticks: settle, find the due, record. The bound is 100 ms.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from digest.app import App, make_app
from digest.settings import Settings
from digest.testing import FakeSource
from subscribers.tables import subscribers

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
TICKS, BLOCK = 50, 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--database", default="")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.database or f"sqlite:///{folder}/digest.sqlite3"
        settings = Settings(folder=Path(folder), database=url, keys=Path(folder) / "keys")
        app = make_app(settings, source=FakeSource(), clock=lambda: NOW)
        app.set_up()
        fill(app, chosen.readers)
        figures = sorted(measure(app) for _ in range(TICKS))
        app.close()
    median, worst = statistics.median(figures), figures[-1]
    print(f"{chosen.readers} readers, nobody due: median {median:.1f} ms, worst {worst:.1f} ms")
    print(f"bound 100 ms: {'held' if worst <= 100 else 'BROKEN'}")


def measure(app: App) -> float:
    began = time.perf_counter()
    app.settle()
    planned = app.planner.due(NOW)
    assert str(planned) == "nobody was due", planned
    return (time.perf_counter() - began) * 1000


def fill(app: App, readers: int) -> None:
    row = {
        "status": "confirmed", "cadence": "daily", "weekday": 0, "hour": 8, "minute": 0,
        "timezone": "UTC", "catch_up": False, "template": "daily", "locale": "en",
        "max_papers": 10, "near": False, "also_trending": True, "when_nothing": "silence",
        "created_at": NOW, "had_number": 0,
    }  # fmt: skip
    for start in range(0, readers, BLOCK):
        with app.engine.begin() as connection:
            connection.execute(
                insert(subscribers),
                [
                    {**row, "email": f"r{n}@example.org", "email_key": f"r{n}@example.org",
                     "due_at": NOW + timedelta(seconds=1 + n % 86_400)}
                    for n in range(start, min(start + BLOCK, readers))
                ],
            )  # fmt: skip


if __name__ == "__main__":
    main()
