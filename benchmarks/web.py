"""The topic preview: how long an answer takes for 90 editions, and what it does to others.

    python -m benchmarks.web [--papers 40] [--rounds 20]

A real site is served on loopback, with an archive of 90 editions made of the sample's papers
(their texts shuffled, so that no two are alike). Each query is asked for `rounds` times, the
first of them with nothing cached for it. Beside it a plain page is asked for all the time. It
ends with 1 where a preview, or one in a hundred of the plain pages, takes longer than 100 ms.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from digest import sample
from digest.app import App, make_app
from digest.model import DayState, Paper, SourceDay
from digest.settings import Settings
from digest.web import make_site
from digest.web.server import serving

EDITIONS = 90
LAST = date(2026, 8, 21)
LIMIT = 100.0  # milliseconds
TRIAL = "/topics/trial"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERIES = [
    "agent harness",
    "RL",
    "in-context learning",
    "pretraining",
    '"multi modal" NOT survey',
    "title:video upvotes>=20",
    "diffusion OR flow OR score OR sampling OR denoising",
    "a",
    "quantum basket weaving",
    "author:silva OR org:stanford OR cat:cs.CL has:code",
    "agent harness\nRL\nspeech\nrobot\n3D\nvideo\nbenchmark\nreasoning\nmemory\nworld model",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=40, help="a day")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = _installation(Path(folder), options.papers)
        with serving(make_site(app)) as address:
            slowest = _run(address, options.rounds)
        app.close()
    print(f"\nslowest answer, or p99 beside: {slowest:.0f} ms, limit {LIMIT:.0f} ms")
    raise SystemExit(slowest > LIMIT)


def _installation(folder: Path, papers: int) -> App:
    settings = Settings(database=f"sqlite:///{folder}/digest.sqlite3", keys=folder / "keys")
    app = make_app(settings, clock=lambda: datetime(2026, 8, 22, tzinfo=UTC))
    app.set_up()
    app.archive.store(list(_days(papers)))
    print(f"{EDITIONS} editions of {papers} papers")
    return app


def _days(papers: int) -> Iterator[SourceDay]:
    chance = random.Random(1)
    for back in range(EDITIONS):
        day = LAST - timedelta(days=back)
        at = datetime(day.year, day.month, day.day, 20, tzinfo=UTC)
        made = tuple(_paper(f"{back}-{n}", chance) for n in range(papers))
        yield SourceDay(
            source="huggingface", date=day, papers=made, state=DayState.CLOSED, fetched_at=at
        )


def _paper(name: str, chance: random.Random) -> Paper:
    """A paper with the words of several real ones: about 220 in its abstract."""
    several = chance.sample(sample.edition().papers, 4)
    words = [word for paper in several for word in paper.summary.split()]
    chance.shuffle(words)
    title = chance.choice(several).title
    return replace(
        several[0],
        key=f"url:https://example.org/{name}",
        title=title,
        abstract=" ".join(words[:220]),
    )


def _run(address: str, rounds: int) -> float:
    connection = HTTPConnection(urlsplit(address).netloc)
    began = time.perf_counter()
    _ask(connection, TRIAL, {"topics": "warm up"})
    print(f"first answer, reading the archive: {time.perf_counter() - began:.2f} s")
    beside: list[float] = []
    ending = threading.Event()
    alone = [_timed(connection, "/u/none") for _ in range(100)]
    other = threading.Thread(target=_ask_beside, args=(address, beside, ending))
    other.start()
    slowest = 0.0
    for query in QUERIES:
        times = [_timed(connection, TRIAL, {"topics": query}) for _ in range(rounds)]
        slowest = max(slowest, *times)
        print(f"{times[0]:7.1f} ms first {statistics.median(times):7.1f} ms median  {query[:60]!r}")
    ending.set()
    other.join()
    print(f"a plain page alone: {statistics.median(alone):.1f} ms median")
    worst = sorted(beside)[int(len(beside) * 0.99)]
    print(f"beside the previews: {statistics.median(beside):.1f} ms median, {worst:.0f} ms p99")
    return max(slowest, worst)


def _ask_beside(address: str, times: list[float], ending: threading.Event) -> None:
    connection = HTTPConnection(urlsplit(address).netloc)
    while not ending.wait(0.01):
        times.append(_timed(connection, "/u/none"))


def _timed(connection: HTTPConnection, path: str, form: dict[str, str] | None = None) -> float:
    began = time.perf_counter()
    _ask(connection, path, form)
    return (time.perf_counter() - began) * 1000


def _ask(connection: HTTPConnection, path: str, form: dict[str, str] | None = None) -> None:
    body = urlencode(form) if form else None
    connection.request("POST" if form else "GET", path, body, FORM)
    connection.getresponse().read()


if __name__ == "__main__":
    main()
