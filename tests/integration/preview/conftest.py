from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from digest.inbox import BackgroundInbox, inbox_in_background
from tests.previews import Installation


@pytest.fixture
def inbox() -> Iterator[BackgroundInbox]:
    """Where the installation's mail server is."""
    with inbox_in_background() as box:
        yield box


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("original"))
    made.set_up()
    return made


@pytest.fixture
def installation(original: Installation, tmp_path: Path, inbox: BackgroundInbox) -> Installation:
    """The sample edition, its readers and their planned deliveries, in a folder of its own."""
    return original.copy(tmp_path, smtp_port=inbox.smtp_port)


@pytest.fixture
def web(installation: Installation) -> Iterator[httpx.Client]:
    """A browser on the preview's page."""
    with installation.previewed() as address, httpx.Client(base_url=address) as client:
        yield client
