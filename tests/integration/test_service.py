"""What `digest run` tells systemd and the operator's machines while it works."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.metrics import Metrics
from digest.publish.health import readings
from digest.schedule import Service
from digest.schedule.endpoints import make_endpoints
from digest.schedule.systemd import notify
from digest.settings import Run
from tests.installation import Installation, instant

MONDAY = date(2026, 8, 17)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path, f"sqlite:///{tmp_path / 'digest.sqlite3'}")
    yield made
    made.app.close()


@pytest.fixture(params=["file", "abstract"])
def heard(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """The socket on which systemd listens."""
    path = str(tmp_path / "notify")
    name, told = (path, path) if request.param == "file" else (f"\0{path}", f"@{path}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(name)
        channel.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", told)
        yield channel


def test_systemd_hears_a_state(heard: socket.socket) -> None:
    assert notify("READY=1")
    assert heard.recv(100) == b"READY=1"


@pytest.mark.parametrize("where", ["", "/nowhere/at/all"])
def test_without_systemd_nothing_is_said_and_nothing_fails(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", where)
    assert not notify("READY=1")


def run_for_a_while(place: Installation, states: int, heard: socket.socket) -> list[bytes]:
    """Runs the service until systemd has heard so many states, and ends it."""
    place.app.settings = place.app.settings.model_copy(update={"run": Run(health=False)})
    found: list[bytes] = []

    async def work() -> str:
        stop = asyncio.Event()
        service = Service(place.app, site=False)
        running = asyncio.create_task(service.run(stop))
        while len(found) < states:
            found.append(await asyncio.to_thread(heard.recv, 100))
        stop.set()
        return await running

    assert asyncio.run(work()).startswith("stopped as asked")
    found.append(heard.recv(100))
    return found


def test_a_run_says_that_it_is_ready_lives_and_stops(
    place: Installation, heard: socket.socket
) -> None:
    first, *rest = run_for_a_while(place, 2, heard)
    assert (first, rest[0], rest[-1]) == (b"READY=1", b"WATCHDOG=1", b"STOPPING=1")
    (run,) = place.app.outcomes.runs()
    assert (run.kind, run.outcome.partition(":")[0]) == ("run", "stopped as asked")


def asked(place: Installation, path: str) -> tuple[int, str]:
    """What a service that has just begun answers."""
    service = Service(place.app, site=False)
    metrics = Metrics(lambda: readings(service.health()))
    with TestClient(make_endpoints(metrics, service.problems)) as client:
        answer = client.get(path)
        return answer.status_code, answer.text


def begin(place: Installation) -> None:
    """A schedule that looked just now, with an edition that came."""
    place.lists(MONDAY, 1)
    place.app.outcomes.begin("run", place.now)


def test_it_is_ready_while_all_is_done(place: Installation) -> None:
    begin(place)
    assert asked(place, "/health/ready") == (200, '{"ready":true,"problems":[]}')


def test_it_is_not_ready_before_any_edition_came(place: Installation) -> None:
    place.app.outcomes.begin("run", place.now)
    code, text = asked(place, "/health/ready")
    assert (code, "no edition could be pulled yet" in text) == (503, True)


def test_it_is_not_ready_when_the_outbox_does_not_drain(place: Installation) -> None:
    place.add()
    begin(place)
    place.plan("2026-08-17 08:00")
    place.now += timedelta(minutes=16)
    place.app.outcomes.begin("run", place.now)
    code, text = asked(place, "/health/ready")
    assert (code, "the outbox does not drain" in text) == (503, True)


def test_it_is_not_ready_when_the_schedule_is_late(place: Installation) -> None:
    place.add()
    begin(place)
    place.now = instant("2026-08-17 08:06")
    place.app.outcomes.begin("run", place.now)
    code, text = asked(place, "/health/ready")
    assert (code, "a reader is due since 08:00" in text) == (503, True)
    assert asked(place, "/health/live") == (200, "alive\n")


def test_the_metrics_that_the_documentation_names_are_there(place: Installation) -> None:
    begin(place)
    _, text = asked(place, "/metrics")
    for name in ("digest_editions", "digest_source_lag_seconds", "digest_readers_due",
                 "digest_deliveries", "digest_attempts_total", "digest_pulls_total",
                 "digest_phase_seconds", "digest_last_tick_timestamp_seconds"):  # fmt: skip
        assert f"# TYPE {name.removesuffix('_total')}" in text, name
