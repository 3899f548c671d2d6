"""The real command, in a process and a folder of its own."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from digest.app import make_app
from digest.config import load
from digest.inbox import BackgroundInbox
from subscribers.model import Consent, Subscriber
from tests.acceptance import warm
from tests.support import ROOT


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Digest:
    """The `digest` command in one folder, with settings from variables."""

    folder: Path
    variables: dict[str, str]

    def __call__(self, *arguments: str, code: int | None = 0, given: str | None = None) -> Ran:
        """Runs it, `given` on its standard input; it ends with `code` and without a traceback."""
        done = subprocess.run(
            warm.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            input=given,
            text=True,
            timeout=110,
            check=False,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def set_up(self) -> None:
        """Leaves the folder as `digest init` does, by a copy of one that it made before."""
        if "DIGEST_DATABASE" in self.variables:  # a database of another place cannot be copied
            self("init")
        else:
            shutil.copytree(_as_init_leaves_it(), self.folder, dirs_exist_ok=True)

    def fill_outbox(self, readers: int) -> None:
        """A notice for each of so many new readers, due now."""
        app = make_app(load(self.folder / "digest.toml", self.variables))
        given = Consent(action="add", at=datetime.now(UTC), source="operator")
        for number in range(readers):
            reader = app.subscribers.add(Subscriber(email=f"r{number}@example.org"), given)
            app.publisher.notify("confirm", reader, "once")
        app.close()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts it anew, with all its imports, and leaves it running."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "digest", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DIGEST_", "COV_CORE"))}
        return kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | self.variables


def to_inbox(inbox: BackgroundInbox) -> dict[str, str]:
    """The variables by which mail goes there."""
    return {
        "DIGEST_SMTP__HOST": "127.0.0.1",
        "DIGEST_SMTP__PORT": str(inbox.smtp_port),
        "DIGEST_SMTP__TLS": "none",
        "DIGEST_SENDER__ADDRESS": "digest@example.org",
    }


@cache
def _as_init_leaves_it() -> Path:
    """Made once in a test process: a new schema takes as long as many a command."""
    folder = Path(tempfile.mkdtemp(prefix="digest-init-"))
    atexit.register(shutil.rmtree, folder)
    Digest(folder, {})("init")
    return folder
