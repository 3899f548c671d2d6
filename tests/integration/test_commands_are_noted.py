"""Every command is known to change nothing, or leaves an act in the audit log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from digest.audit import AuditLog
from digest.cli import app
from digest.database import open_database, upgrade
from digest.sample import edition

READER = "reader@example.org"
#: What only shows, checks, or writes files for the eye.
READ_ONLY = {
    "audit", "demo", "doctor", "edition list", "edition show", "jobs list", "jobs show",
    "keys list", "lint", "operator sessions", "outbox", "outbox list", "preview", "status",
    "subscriber history", "subscriber likes", "subscriber list", "subscriber show",
    "template check", "template list", "topic backtest", "topic check", "topic list", "why",
}  # fmt: skip
#: What works on its own until it is ended; what it did stands in the runs, the outbox and the log
#: of the operator's page.
SERVICES = {"run", "web", "worker"}
#: Each other command, in an order in which each has something to change.
CHANGING: dict[str, list[str]] = {
    "database upgrade": [],
    "init": [],
    "subscriber add": [READER, "--topic", "agents"],
    "edition import": ["days.jsonl"],
    "pull": ["--date", "2026-08-20"],
    "subscriber edit": [READER, "--hour", "9"],
    "subscriber pause": [READER],
    "subscriber resume": [READER],
    "subscriber suppress": [READER, "--why", "asked by telephone"],
    "subscriber unsuppress": [READER],
    "subscriber import": ["readers.csv"],
    "subscriber export": ["--output", "out.csv"],
    "subscriber feedback": [READER, "PAPER", "like"],
    "subscriber import-likes": [READER, "likes.txt"],
    "topic add": [READER, "robots"],
    "topic exclude": [READER, "survey"],
    "topic remove": [READER, "robots"],
    "send": ["--no-pull", "--wait", "0s"],
    "bounces": [],
    "outbox hold": ["--all"],
    "outbox release": ["--all"],
    "outbox retry": ["--all"],
    "outbox cancel": ["--all"],
    "jobs cancel": ["1"],
    "jobs retry": ["1"],
    "keys new": ["--selector", "mine"],
    "keys rotate": ["--links"],
    "keys retire": ["mine-rsa"],
    "operator password": ["--stdin"],
    "operator sessions revoke": ["--all"],
    "template new": ["own"],
    "database backup": ["a.backup"],
    "database prune": [],
    "database restore": ["a.backup", "--replace"],
    "subscriber remove": [READER],
}
#: SQLite has no job queue, which the act tells; with one, their own tests see the act.
REFUSED = {"jobs cancel", "jobs retry"}
SETTINGS = """
database = "sqlite:///digest.sqlite3"
[sender]
address = "digest@example.org"
[mailer]
kind = "files"
directory = "mail"
[bounces]
kind = "maildir"
directory = "returned"
[[sources]]
kind = "files"
paths = ["days.jsonl"]
"""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """All commands that do something, as they are typed."""
    within = getattr(command, "commands", {})
    if path and (not within or command.invoke_without_command):
        yield " ".join(path)
    for name, one in within.items():
        yield from leaves(one, (*path, name))


def test_every_command_is_known_to_change_something_or_nothing() -> None:
    found = sorted(leaves(typer.main.get_command(app)))
    assert found == sorted([*READ_ONLY, *SERVICES, *CHANGING])


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Runs a command of `CHANGING` in a folder with papers, readers and a mailbox."""
    monkeypatch.chdir(tmp_path)
    papers = [
        {"date": "2026-08-20", "key": one.key, "title": one.title} for one in edition().papers
    ]
    files = {
        "digest.toml": SETTINGS,
        "days.jsonl": "".join(json.dumps(paper) + "\n" for paper in papers),
        "readers.csv": "email,topics\nother@example.org,robots\n",
        "likes.txt": "arxiv:2608.01234\n",
    }
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    for folder in ("new", "cur", "tmp"):
        Path("returned", folder).mkdir(parents=True)

    def run(command: str) -> int:
        given = [edition().papers[0].key if word == "PAPER" else word for word in CHANGING[command]]
        typed = "correct horse battery staple\n"
        return CliRunner().invoke(app, [*command.split(), *given], input=typed).exit_code

    return run


def test_every_change_leaves_an_act(invoke: Callable[[str], int]) -> None:
    engine = open_database("sqlite:///digest.sqlite3")
    upgrade(engine, "0020")
    for command in CHANGING:
        code = invoke(command)
        assert (code != 0) is (command in REFUSED), command
        (act,) = AuditLog(engine).list(limit=1)
        assert act.action == command
        assert act.outcome.startswith("failed: " if command in REFUSED else "done")
    engine.dispose()
