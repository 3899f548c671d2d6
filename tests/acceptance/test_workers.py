"""`digest run` and `digest worker` as processes: what is killed is taken up, nothing is lost."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from digest.database import open_database
from digest.inbox import BackgroundInbox
from digest.workers.asking import ask_for
from digest.workers.wanted import Task, Wanted
from tests.acceptance.command import Digest

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]
READERS = 60


@pytest.fixture
def full(digest: Digest, postgres_url: str) -> Digest:
    """An installation on PostgreSQL whose outbox holds a notice for every reader."""
    digest.variables.update(DIGEST_DATABASE=postgres_url, DIGEST_RUN__HEALTH="false")
    digest.variables["DIGEST_SMTP__PER_SECOND"] = "10"
    digest.set_up()
    digest.fill_outbox(READERS)
    return digest


@pytest.fixture
def start(full: Digest) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        started.append(full.start(*arguments))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def arrived(inbox: BackgroundInbox, count: int) -> set[str]:
    """Waits until so many readers have their message, for less than a claim's lease."""
    until = time.monotonic() + 90
    found: set[str] = set()
    while len(found) < count and time.monotonic() < until:
        time.sleep(0.05)
        found = {received.recipients[0] for received in inbox.messages}
    return found


def test_a_killed_worker_and_a_killed_scheduler_lose_nothing(
    inbox: BackgroundInbox, start: Callable[..., subprocess.Popen[str]]
) -> None:
    worker = start("worker", "--processes", "2", "--json-logs")
    scheduler = start("run", "--no-site", "--json-logs")
    arrived(inbox, 5)
    scheduler.kill()
    worker.kill()
    start("run", "--no-site", "--json-logs")
    assert len(arrived(inbox, READERS)) == READERS


def test_a_worker_ends_cleanly_on_sigterm(
    inbox: BackgroundInbox, start: Callable[..., subprocess.Popen[str]]
) -> None:
    worker = start("worker", "--processes", "2", "--json-logs")
    start("run", "--no-site", "--json-logs")
    arrived(inbox, 5)
    worker.send_signal(signal.SIGTERM)
    out, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert "Stopped as asked." in out


def test_jobs_are_listed_cancelled_and_retried(full: Digest, postgres_url: str) -> None:
    assert full("jobs", "list", "--format", "json").json == []
    assert "cannot be cancelled" in full("jobs", "cancel", "7", code=1).err
    engine = open_database(postgres_url)
    with engine.begin() as connection:
        ask_for(connection, [Wanted(task=Task.PLAN, shard=0)])
    engine.dispose()
    assert full("jobs", "cancel", "1", "--format", "json").json["was"] == "todo"
    assert full("jobs", "retry", "1", "--format", "json").json == {"retried": 1, "job": 2}
    assert full("jobs", "show", "2", "--format", "json").json["job"]["state"] == "todo"
    acts = [act["action"] for act in full("audit", "--format", "json").json]
    assert acts[:3] == ["jobs retry", "jobs cancel", "jobs cancel"]
