"""How long each of the operator's pages takes with 100,000 readers and 3,000,000 deliveries.

    python -m benchmarks.operator_pages [--readers 100000] [--days 30]

On SQLite, through the whole site with a session. Prints the median and the worst of so many
rounds; the bound is 200 ms. Two pages are measured again while a whole day's deliveries wait.
Beside the pages, in the same run and on the same rows, the peer: the plain aggregates over the
deliveries that the page of deliveries would need without tallies. What it costs to count the
tallies, while nobody waits, is told too; and what the page of today waits where no schedule runs
that counts them.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, text
from starlette.testclient import TestClient

from digest.app import App, make_app
from digest.figures import Tallies
from digest.figures.tallies import FRESH
from digest.settings import Settings
from digest.signin import SignIn
from digest.testing import FakeSource
from digest.web import make_site
from digest.web.operator.frame import JOBS, PAGES
from tests import crowd

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
BASE = "http://localhost"
ROUNDS, PEERS, BOUND, DOMAINS = 9, 3, 200.0, 2000

# The readers beyond the crowd's, each like one of them; and a delivery a day for each reader.
_READERS = """
INSERT INTO subscribers ({columns}) SELECT {values} FROM subscribers AS s
  JOIN (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :copies)
        SELECT i FROM n) AS n"""
_TOPICS = """
INSERT INTO subscriber_topics (subscriber_id, position, topic_id, excluded, paused)
SELECT id, 0, 1 + id % :topics, 0, 0 FROM subscribers WHERE id > :first"""
_DELIVERIES = """
INSERT INTO deliveries (subscriber_id, kind, occasion, recipient, domain, state, planned_at, due_at,
    expires_at, attempts, owner, key_id, code, enhanced, text, settled_at)
SELECT id, 'daily', :day, email, 'd' || (id * id % :domains) || '.example',
    CASE WHEN id % 997 = 0 THEN 'bounced' WHEN id % 25 = 0 THEN 'skipped' ELSE 'accepted' END,
    :due, :due, :due, 1, '', 1, 250, CASE WHEN id % 997 = 0 THEN '5.1.1' ELSE '2.0.0' END,
    CASE WHEN id % 25 = 0 THEN 'nothing matched' ELSE 'queued' END, :due
FROM subscribers"""
_WAITS = """
UPDATE deliveries SET state = 'planned', code = 0, enhanced = '', text = '', settled_at = NULL,
    next_attempt_at = due_at WHERE occasion = :day"""
_BY_DAY = "SELECT date(due_at), state, count(*) FROM deliveries GROUP BY 1, 2"
_BY_DOMAIN = """
SELECT domain, state, enhanced, count(*) FROM deliveries WHERE due_at >= :week GROUP BY 1, 2, 3"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/digest.sqlite3"
        settings = Settings(folder=Path(folder), database=address, keys=Path(folder) / "keys")
        app = make_app(settings, source=FakeSource(), clock=lambda: NOW)
        app.set_up()
        fill(app.engine, chosen.readers, chosen.days)
        held = measure(app)
        app.close()
    raise SystemExit(not held)


def fill(engine: Engine, readers: int, days: int) -> None:
    """Readers like those of the crowd, so many, and a delivery a day for each of them."""
    seeds = 1000
    crowd.fill(engine, NOW.date(), readers=seeds, days=3)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM deliveries"))
        found = connection.execute(text("SELECT * FROM subscribers LIMIT 1")).keys()
        new = {
            "id": f"s.id + n.i * {seeds}",
            "email": "n.i || s.email",
            "email_key": "n.i || s.email_key",
        }
        values = ", ".join(new.get(name, f"s.{name}") for name in found)
        more = _READERS.format(columns=", ".join(found), values=values)
        connection.execute(text(more), {"copies": readers // seeds - 1})
        topics = {"first": seeds, "topics": len(crowd.TOPICS)}
        connection.execute(text(_TOPICS), topics)
        for back in range(days):
            day = NOW.date() - timedelta(days=back)
            due = f"{day} 08:00:00.000000"
            facts = {"day": str(day), "due": due, "domains": DOMAINS}
            connection.execute(text(_DELIVERIES), facts)


def measure(app: App) -> bool:
    """Prints all figures; whether each page held the bound."""
    tallies = Tallies(app.engine)
    print(f"counting all days: {timed(lambda: tallies.count(NOW)):,.0f} ms, once")
    print(f"counting again: {timed(lambda: tallies.count(NOW)):,.0f} ms, once a minute")
    today, later = NOW.date(), NOW + 2 * FRESH
    print(f"counting one day for a page: {timed(lambda: tallies.of(today, later)):,.0f} ms")
    tallies.count(NOW)
    sign_in = SignIn(app.engine, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    sign_in.set_password("a password of the benchmark", NOW)
    _, token = sign_in.begin(NOW, "::1", "benchmark")
    with TestClient(make_site(app), base_url=BASE, cookies={"operator": token}) as web:
        held = [page(web, path) for path, _ in PAGES if path != JOBS[0]]  # SQLite has none
        with app.engine.begin() as connection:
            waiting = connection.execute(text(_WAITS), {"day": str(today)}).rowcount
        print(f"while {waiting:,} deliveries wait:")
        held += [page(web, path) for path in ("/operator", "/operator/outbox")]
    week = {"week": str(NOW.date() - timedelta(days=6))}
    with app.engine.connect() as connection:
        for name, statement in (("by day", _BY_DAY), ("by domain", _BY_DOMAIN)):
            times = [timed(partial(rows, connection, statement, week)) for _ in range(PEERS)]
            print(f"peer, {name}: median {statistics.median(times):,.0f} ms")
    return all(held)


def rows(connection: Connection, statement: str, facts: dict[str, str]) -> int:
    """How many rows a statement gives."""
    return len(connection.execute(text(statement), facts).all())


def page(web: TestClient, path: str) -> bool:
    """Prints one page's times; whether it held the bound."""
    assert web.get(path, follow_redirects=False).status_code == 200, path
    times = [timed(lambda: web.get(path)) for _ in range(ROUNDS)]
    median = statistics.median(times)
    told = "held" if median <= BOUND else "BROKEN"
    print(f"{path}: median {median:.0f} ms, worst {max(times):.0f} ms: {told}", flush=True)
    return median <= BOUND


def timed(call: Callable[[], object]) -> float:
    """How many milliseconds it takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
