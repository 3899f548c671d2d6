"""Collects what the trials found; with DIGEST_RELIABILITY=<file> writes the table of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.integration.faults.table import write_table
from tests.integration.faults.trial import Record, Result

ENVIRONMENT = "DIGEST_RELIABILITY"


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Notes a trial's result under the fault's name, with the database it ran on."""

    def note(fault: str, result: Result, database: str = "") -> None:
        target = os.environ.get(ENVIRONMENT)
        if target is None:
            return
        known = getattr(request.node, "callspec", None)
        kind = database or (known.params.get("database_url") if known else None) or "sqlite"
        line = {"fault": fault, "database": kind, **vars(result)}
        with Path(f"{target}.trials").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    return note


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under pytest-xdist, the last word is the main process's."""
    target = os.environ.get(ENVIRONMENT)
    if target and not hasattr(session.config, "workerinput"):
        write_table(Path(f"{target}.trials"), Path(target))
