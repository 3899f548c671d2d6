"""A command starts with what it needs, and with no more."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import ROOT

HEAVY = ("sqlalchemy", "alembic", "numpy", "httpx", "fastapi", "babel", "aiosmtplib", "lxml")


@pytest.mark.parametrize("arguments", [["--help"], ["send", "--help"], ["subscriber", "--help"]])
def test_help_loads_neither_the_database_nor_the_mail(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "digest", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)
