from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.inbox import BackgroundInbox, inbox_in_background
from tests.acceptance.command import Digest


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
    return Digest(
        folder,
        {
            "DIGEST_SMTP__HOST": "127.0.0.1",
            "DIGEST_SMTP__PORT": str(inbox.smtp_port),
            "DIGEST_SMTP__TLS": "none",
            "DIGEST_SENDER__ADDRESS": "digest@example.org",
        },
    )
