"""An installation; a web server for sources to read from, and a client that does not wait."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina

from digest.http import Client
from digest.settings import Network
from tests.installation import Installation
from tests.webserver import WebServer, serve


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """An installation on each kind of database, which is told what happens."""
    made = Installation(tmp_path, database_url)
    yield made
    made.app.close()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A web server on loopback that answers as it is told."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = WebServer()
    listening = serve(server)
    yield server
    listening.shutdown()
    listening.server_close()


@pytest.fixture
def hurried() -> Iterator[None]:
    """Attempts follow each other without a pause."""
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
async def client(hurried: None) -> AsyncIterator[Client]:
    """A client that makes three attempts and reads two megabytes at most."""
    del hurried
    network = Network(attempts=3, largest_answer=2_000_000)
    async with Client(network) as client:
        yield client
