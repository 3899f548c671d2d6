"""`digest run` as systemd sees it: ready, at work, stopped, killed again and again."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.app import make_app
from digest.config import load
from digest.delivery.feeder import UNCOMMITTED
from digest.inbox import BackgroundInbox
from digest.settings import Smtp
from subscribers.model import Cadence, Consent, Schedule, Subscriber, Topic
from tests.acceptance.command import Digest
from tests.hub import Hub, hub_running
from tests.ports import free_port
from tests.reliability import table, write_section
from tests.support import FULL

#: What a kill may repeat: with the mail server, or answered and not committed.
IN_FLIGHT = UNCOMMITTED + 2 * Smtp().connections


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_running() as running:
        yield running


@pytest.fixture
def ready(digest: Digest, hub: Hub) -> Digest:
    digest.variables.update(
        DIGEST_RUN__PORT=str(free_port()), DIGEST_WEB__PORT="0", DIGEST_RUN__TICK_SECONDS="0.5"
    )
    digest.set_up()
    file = digest.folder / "digest.toml"
    told = f'kind = "huggingface"\nbase_url = "{hub.web.url}"'
    file.write_text(file.read_text().replace('kind = "huggingface"', told, 1))
    return digest


def add_due_readers(digest: Digest, many: int, over: timedelta = timedelta(0)) -> None:
    """Readers who fall due from a minute ago on, over a span."""
    app = make_app(load(digest.folder / "digest.toml", digest.variables))
    now = datetime.now(UTC)
    given = Consent(action="add", at=now - timedelta(minutes=10), source="operator")
    for number in range(many):
        at = now - timedelta(minutes=1) + over * random.random()
        schedule = Schedule(cadence=Cadence.DAILY, hour=at.hour, minute=at.minute)
        topics = (Topic(text="agents"),)
        reader = Subscriber(email=f"r{number}@example.org", topics=topics, schedule=schedule)
        app.subscribers.add(reader, given)
    app.close()


class Systemd:
    """Starts the command and hears what it says, as systemd would."""

    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        self.folder = tempfile.TemporaryDirectory()  # a socket's path has 107 characters at most
        self.path = Path(self.folder.name) / "notify"
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(str(self.path))
        self.channel.settimeout(300)
        self.log = (digest.folder / "log").open("ab")
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """Returns once it is ready."""
        process = subprocess.Popen(
            self.digest.command("run", "--json-logs"),
            cwd=self.digest.folder,
            env=self.digest.environment | {"NOTIFY_SOCKET": str(self.path)},
            stdout=subprocess.DEVNULL,
            stderr=self.log,
        )
        self.started.append(process)
        while self.channel.recv(4096) != b"READY=1":
            continue
        return process

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()
        self.channel.close()
        self.folder.cleanup()
        self.log.close()


@pytest.fixture
def systemd(ready: Digest) -> Iterator[Systemd]:
    made = Systemd(ready)
    yield made
    made.close()


def get(digest: Digest, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{digest.variables['DIGEST_RUN__PORT']}{path}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_run_is_ready_sends_what_is_due_and_ends_on_sigterm(
    ready: Digest, systemd: Systemd, inbox: BackgroundInbox
) -> None:
    add_due_readers(ready, 3)
    process = systemd.start()
    inbox.wait_for(3)
    assert get(ready, "/health/live")[0] == 200
    assert eventually(lambda: get(ready, "/health/ready")[0] == 200)
    sent = 'digest_deliveries{state="accepted"} 3.0'
    assert eventually(lambda: sent in get(ready, "/metrics")[1])
    figures = get(ready, "/metrics")[1]
    assert 'digest_phase_seconds_count{phase="plan"}' in figures
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=40) == 0
    run = ready("status", "--format", "json").json["runs"][0]
    assert "accepted 3" in run["outcome"]


def test_run_is_not_ready_while_no_source_answers(
    ready: Digest, systemd: Systemd, hub: Hub
) -> None:
    hub.down = True
    systemd.start()
    code, body = get(ready, "/health/ready")
    assert (code, json.loads(body)["problems"][0]) == (503, "no edition could be pulled yet")


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_run_killed_again_and_again_loses_nothing(
    ready: Digest, systemd: Systemd, inbox: BackgroundInbox
) -> None:
    """20 kills and 400 digests; the full count of `.ci/soak` is ten minutes and 5,000."""
    kills = int(os.environ.get("DIGEST_TEST_KILLS", "150" if FULL else "20"))
    readers = int(os.environ.get("DIGEST_TEST_READERS", "5000" if FULL else "400"))
    minutes = float(os.environ.get("DIGEST_TEST_MINUTES", "10" if FULL else "1"))
    add_due_readers(ready, readers, timedelta(minutes=minutes))
    for _ in range(kills):
        process = systemd.start()
        time.sleep(random.uniform(0.2, 1.0 + 60 * minutes / kills))
        process.kill()
        process.wait()
    process = systemd.start()
    assert eventually(lambda: accepted(ready) == readers, seconds=120 + 60 * minutes)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=40)
    arrived = Counter(mail.recipients[0] for mail in inbox.messages)
    assert len(arrived) == readers
    assert sum(arrived.values()) - readers <= kills * IN_FLIGHT
    assert same_message_ids(inbox)
    write_result(kills, minutes, arrived, readers)


def accepted(digest: Digest) -> int:
    found: int = digest("status", "--format", "json").json["deliveries"]["accepted"]
    return found


def same_message_ids(inbox: BackgroundInbox) -> bool:
    """A repeated message is the same one: a mailbox may join them."""
    ids = {(m.recipients[0], message_id(m.data)) for m in inbox.messages}
    return len(ids) == len({address for address, _ in ids})


def message_id(data: bytes) -> bytes:
    return next(line for line in data.splitlines() if line.lower().startswith(b"message-id:"))


def eventually(true: Callable[[], bool], seconds: float = 30) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if true():
            return True
        time.sleep(0.3)
    return False


def write_result(kills: int, minutes: float, arrived: Counter[str], readers: int) -> None:
    """For `docs/reliability.md`, where `.ci/soak` asks for it."""
    lost, repeated = readers - len(arrived), sum(arrived.values()) - len(arrived)
    head = ("digests", "fell due within", "kills", "lost", "repeated", "at most in flight")
    row = (readers, f"{minutes:g} min", kills, lost, repeated, kills * IN_FLIGHT)
    write_section("the killed run", table(head, [row]))
