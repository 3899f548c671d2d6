"""Several machines, each a host of its own: what fails on one is taken up by another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.database import open_database
from digest.delivery.feeder import UNCOMMITTED
from digest.settings import Smtp
from tests.acceptance.command import Digest
from tests.acceptance.plant import Plant, serving, slowly
from tests.hosts import Network
from tests.reliability import table, write_section
from tests.smtpserver import FaultyServer
from tests.support import FULL, PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(2400)]
#: Readers fall due in three waves.
WAVE = 1500 if FULL else 100
LEASE = 120 if FULL else 15
#: What a sender has with the mail server, or answered and not committed.
IN_FLIGHT = UNCOMMITTED + 2 * Smtp().connections


@pytest.fixture
def plant(joined: Network, far_database: PostgresServer, tmp_path: Path) -> Iterator[Plant]:
    """Settings, a paper and readers; nothing runs yet but PostgreSQL and the mail server."""
    listening, url = joined.host("mail").listen(), far_database.create_database()
    address, port = listening.getsockname()
    variables = {
        "DIGEST_DATABASE": url,
        "DIGEST_DELIVERY__LEASE_SECONDS": str(LEASE),
        "DIGEST_DELIVERY__FIRST_RETRY_MINUTES": "0.1",
        "DIGEST_RUN__HEALTH": "false",
        "DIGEST_RUN__TICK_SECONDS": "1",
        "DIGEST_SENDER__ADDRESS": "digest@example.org",
        "DIGEST_SMTP__HOST": address,
        "DIGEST_SMTP__PORT": str(port),
        "DIGEST_SMTP__TLS": "none",
    }
    digest, engine = Digest(tmp_path, variables), open_database(url)
    with serving(FaultyServer(slowly, listening=listening)) as mail:
        made = Plant(joined, far_database, engine, digest, mail, patience=6 * LEASE + WAVE)
        prepare(made)
        variables["DIGEST_DATABASE"] = far_database.reached(url)
        yield made
        for process in made.processes.values():
            process.kill()
            process.wait()
    engine.dispose()


def prepare(plant: Plant) -> None:
    digest = plant.digest
    digest("init")
    file = digest.folder / "digest.toml"
    told = 'kind = "files"\npaths = ["*.jsonl"]'
    file.write_text(file.read_text().replace('kind = "huggingface"', told, 1))
    day = f"{datetime.now(UTC) - timedelta(days=1):%F}"
    paper = {"id": "2608.00001", "title": "Agents that learn", "abstract": "They do.",
             "edition": day, "upvotes": 5, "authors": ["A. Author"]}  # fmt: skip
    (digest.folder / "papers.jsonl").write_text(json.dumps(paper))
    digest("edition", "import", "papers.jsonl")
    plant.add_readers(3 * WAVE)


def test_what_fails_on_one_host_is_taken_up_by_another(plant: Plant) -> None:
    for name in ("scheduler", "standby"):
        plant.start(name, "run", "--no-site")
        plant.wait(lambda: plant.told("scheduler", "leads"), "somebody to lead")
    for name in ("worker", "other"):
        plant.start(name, "worker")
    plant.wait(lambda: living(plant) == 2, "both workers")  # one that starts finds its database
    plant.due(0, WAVE - 1)
    plant.arrive(WAVE // 4)
    under_way(plant, "worker")
    plant.kill("worker")
    plant.start("worker", "worker")
    plant.arrive(WAVE // 2)
    under_way(plant, "other")
    plant.cut("other")
    plant.kill("scheduler")
    plant.wait(lambda: plant.begun("worker") == 2, "who was killed to come back")
    plant.due(WAVE, 2 * WAVE - 1)
    plant.wait(lambda: plant.told("standby", "leads"), "who stood by to lead")
    plant.wait(lambda: not plant.claimed("other"), "the lease of who is cut off")
    plant.arrive(WAVE + WAVE // 4)
    plant.restart_database()
    plant.arrive(WAVE + WAVE // 2)
    plant.mend("other")
    plant.wait(lambda: living(plant) == 2, "who was cut off to come back")
    plant.kill("worker")  # again: who came back does the rest
    plant.due(2 * WAVE, 3 * WAVE - 1)
    plant.wait(lambda: accepted(plant) == 3 * WAVE, "all to be accepted")
    judge(plant)


def under_way(plant: Plant, name: str) -> None:
    """Waits until a host has messages in its hands, or none of the first wave are left."""
    plant.wait(lambda: plant.claimed(name) or len(plant.copies()) == WAVE, f"work of {name}")


def living(plant: Plant) -> int:
    """How many worker processes tell that they live; each is one of either queue."""
    [row] = plant.sql("SELECT count(*) AS n FROM procrastinate_workers"
                      " WHERE last_heartbeat > now() - interval '6 seconds'")  # fmt: skip
    return int(row.n) // 2


def accepted(plant: Plant) -> int:
    [row] = plant.sql("SELECT count(*) AS n FROM deliveries WHERE state = 'accepted'")
    return int(row.n)


def judge(plant: Plant) -> None:
    """Lost none; repeated at most what was in flight, each under the same Message-ID."""
    copies = plant.copies()
    lost, repeated = 3 * WAVE - len(copies), copies.total() - len(copies)
    in_flight = sum(min(len(held), IN_FLIGHT) for _, held in plant.held)
    again = {address for address, count in copies.items() if count > 1}
    identities = {(one.recipient, one.message_id) for one in plant.mail.received}
    write_result(plant, lost, repeated)
    assert lost == 0
    assert again <= frozenset().union(*(held for _, held in plant.held))
    assert repeated <= in_flight
    assert len(identities) == len(copies)
    logs = "".join(file.read_text() for file in plant.digest.folder.glob("*.log"))
    assert "Traceback" not in logs


def write_result(plant: Plant, lost: int, repeated: int) -> None:
    """For `docs/reliability.md`, where `.ci/soak` asks for it."""
    head = ("digests", "faults", "claimed where they happened", "lost", "repeated")
    faults = ", ".join(fault for fault, _ in plant.held)
    claimed = ", ".join(str(len(held)) for _, held in plant.held)
    write_section("hosts of their own", table(head, [(3 * WAVE, faults, claimed, lost, repeated)]))
