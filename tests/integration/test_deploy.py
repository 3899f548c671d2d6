"""What is shipped for running it holds together with the command."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from digest.cli import app
from tests.support import ROOT

DEPLOY = ROOT / "deploy"
DOCUMENTED = [ROOT / "docs" / "run-it.md", *sorted(DEPLOY.iterdir())]
#: All that tells a person, or a machine, how the program is installed.
INSTALLING = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(DEPLOY.iterdir()),
    *sorted((ROOT / ".ci").iterdir()),
    *sorted((ROOT / "digest").rglob("*.py")),
]
BY_NAME = re.compile(
    r"\b(?:pip|pip3|pipx|uv|uvx)\b[^\n|;&]*[\s'\"]paper-digest(?![\w./-])(?!(?:\[[^]]*\])? @ )"
)
COMMAND = re.compile(
    r"(?:^|[\s/;&\"|])digest ((?:run|send|init|status|why|pull|subscriber)\b[^`\"#|;\n&]*)"
)


@pytest.mark.parametrize("file", DOCUMENTED, ids=lambda file: file.name)
def test_every_command_that_is_shown_is_one(file: Path) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group
    for shown in COMMAND.findall(file.read_text(encoding="utf-8")):
        words = shown.split()
        known = commands[words[0]]
        options = {option for parameter in known.params for option in parameter.opts}
        used = {word for word in words if word.startswith("--")}
        if words[0] != "subscriber":
            assert used <= options, shown


def test_nothing_is_installed_by_the_name_that_is_another_programs_on_pypi() -> None:
    assert BY_NAME.search("pip install -q 'paper-digest[fast]'")
    assert not BY_NAME.search("pip install 'paper-digest[fast] @ git+https://forge.example.org/x'")
    found = [f"{file}: {shown}" for file in INSTALLING if file.is_file()
             for shown in BY_NAME.findall(file.read_text(encoding="utf-8"))]  # fmt: skip
    assert found == []


def test_the_unit_is_one_that_systemd_takes() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # keys are case-sensitive
    unit.read(DEPLOY / "paper-digest.service")
    assert unit["Service"]["Type"] == "notify"
    assert int(unit["Service"]["TimeoutStopSec"]) > 30
    if shutil.which("systemd-analyze"):
        text = (
            (DEPLOY / "paper-digest.service")
            .read_text()
            .replace("/opt/paper-digest/bin/digest", "/bin/true")
        )
        checked = subprocess.run(
            ["systemd-analyze", "verify", "/dev/stdin"], input=text, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert "Unknown" not in checked.stderr
