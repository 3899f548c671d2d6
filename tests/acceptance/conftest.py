from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.inbox import BackgroundInbox, inbox_in_background
from tests.acceptance.command import Digest, to_inbox
from tests.hosts import Network, network
from tests.support import ROOT, PostgresServer, missing, postgres_programs


@pytest.fixture
def inbox() -> Iterator[BackgroundInbox]:
    """A real SMTP server on this machine."""
    with inbox_in_background() as box:
        yield box


@pytest.fixture
def digest(tmp_path: Path, inbox: BackgroundInbox) -> Digest:
    """The command in an empty folder; its mail goes to `inbox`, its papers come from files."""
    folder = tmp_path / "installation"
    folder.mkdir()
    return Digest(folder, to_inbox(inbox))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel made from it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    return folder


@pytest.fixture(scope="session")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True)
    return folder


@pytest.fixture
def joined() -> Iterator[Network]:
    """A network for hosts of their own."""
    with network() as made:
        yield made


@pytest.fixture
def far_database(joined: Network) -> Iterator[PostgresServer]:
    """PostgreSQL on a host of its own, reached over TCP."""
    programs, host = postgres_programs(), joined.host("database")
    if programs is None:
        missing("PostgreSQL's programs (Debian: postgresql)")
    server = PostgresServer(programs, fsync=True, within=host.network, address=host.address)
    server.start()
    yield server
    server.stop()
    server.remove()
