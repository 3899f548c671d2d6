"""The shipped Dockerfile and workflow, their steps taken one by one with the built wheel."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from digest.inbox import BackgroundInbox
from tests.acceptance.test_run import eventually
from tests.hub import Hub, hub_running
from tests.ports import free_port
from tests.support import ROOT, missing

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
WORKFLOW = ROOT / "deploy" / "github-workflow.yml"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: (name, argument), with continued lines joined."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (s.partition(" ") for s in text.split("\n"))]


def the(name: str) -> str:
    """The last instruction of a name."""
    return [argument for found, argument in instructions() if found == name][-1]


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_running() as running:
        yield running


@pytest.fixture
def environment(
    installed: Path, tmp_path: Path, inbox: BackgroundInbox, hub: Hub
) -> dict[str, str]:
    """The variables of a machine where the wheel is installed and `digest` is on the path."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, start in (("digest", "-P -m digest"), ("python", "")):
        (bin_ / name).write_text(f'#!/bin/sh\nexec {sys.executable} {start} "$@"\n')
        (bin_ / name).chmod(0o755)
    # What it would install is installed; that it is a file of the repository's is held here.
    (bin_ / "pip").write_text('#!/bin/sh\n[ "$1" = install ] && [ $# = 2 ] && [ -f "$2" ]\n')
    (bin_ / "pip").chmod(0o755)
    source = f'[[sources]]\nkind = "huggingface"\nbase_url = "{hub.web.url}"\n'
    (tmp_path / "digest.toml").write_text(source)
    return {
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(installed),
        "DIGEST_SENDER__ADDRESS": "digest@example.org",
        "DIGEST_SMTP__HOST": "127.0.0.1",
        "DIGEST_SMTP__PORT": str(inbox.smtp_port),
        "DIGEST_SMTP__TLS": "none",
    }


# The Dockerfile


def test_all_that_the_wheel_is_built_of_is_in_the_images_context() -> None:
    rules = [r for r in (ROOT / ".dockerignore").read_text().split("\n") if r and r[0] != "#"]
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {*wheel["packages"], *wheel["force-include"], *project["project"]["license-files"]}
    assert wanted | {"pyproject.toml", project["project"]["readme"]} == kept
    assert not any(fnmatch("keys", rule) or fnmatch("digest.toml", rule) for rule in kept)


def test_the_image_installs_extras_that_there_are() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (asked,) = re.findall(r"'\.\[(.+)\]'", next(a for n, a in instructions() if n == "RUN"))
    assert set(asked.split(",")) <= project["optional-dependencies"].keys()
    python = re.findall(r"python:(\S+)-slim", DOCKERFILE.read_text())
    assert {f"Programming Language :: Python :: {v}" for v in python} <= {*project["classifiers"]}


def test_the_image_copies_what_its_first_stage_made() -> None:
    copied = next(a for n, a in instructions() if n == "COPY" and "--from=build" in a)
    folder = copied.split()[-1]
    assert f"python -m venv {folder}" in next(a for n, a in instructions() if n == "RUN")
    assert f"PATH={folder}/bin:$PATH" in the("ENV")


def test_the_container_starts_is_healthy_and_stops(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port, data = str(free_port()), tmp_path / "data"
    data.mkdir()
    shutil.copy(tmp_path / "digest.toml", data)
    told = environment | {"DIGEST_WEB__PORT": "0", "DIGEST_RUN__PORT": port}
    command = json.loads(the("CMD"))
    with (tmp_path / "log").open("wb") as log:
        started = subprocess.Popen(command, cwd=data, env=told, stdout=log, stderr=log)
    probe = json.loads(the("HEALTHCHECK").partition("CMD")[2].replace("8751", port))
    try:
        assert eventually(lambda: is_healthy(probe, told), seconds=60), (
            tmp_path / "log"
        ).read_text()
        started.send_signal(getattr(signal, the("STOPSIGNAL")))
        assert started.wait(timeout=40) == 0
    finally:
        started.kill()
        started.wait()
    assert (data / "digest.sqlite3").exists()


def is_healthy(probe: list[str], environment: dict[str, str]) -> bool:
    done = subprocess.run(probe, env=environment, capture_output=True, check=False)
    return done.returncode == 0


# The workflow


@dataclass
class Job:
    """Runs the workflow's steps as its service would, in a fresh checkout each time."""

    origin: Path
    variables: dict[str, str]
    folder: Path
    outcomes: dict[str, str] = field(default_factory=dict)

    def run(self, command: str = "") -> None:
        """Takes every step that its condition allows; `command` is what a person asked for."""
        shutil.rmtree(self.folder, ignore_errors=True)
        git("clone", "-q", str(self.origin), str(self.folder), cwd=self.origin)
        job = yaml.safe_load(WORKFLOW.read_text())["jobs"]["send"]
        self.outcomes = {}
        self.variables["COMMAND"] = command
        for number, step in enumerate(step for step in job["steps"] if "run" in step):
            if self._goes(step.get("if", "success()"), command):
                self.outcomes[step.get("id", str(number))] = self._take(step["run"])

    def _goes(self, condition: str, command: str) -> bool:
        if condition == "inputs.command != ''" and not command:
            return False
        needs = re.findall(r"steps\.(\w+)\.outcome == 'success'", condition)
        fine = "always()" in condition or set(self.outcomes.values()) <= {"success"}
        return fine and all(self.outcomes.get(step) == "success" for step in needs)

    def _take(self, script: str) -> str:
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        done = subprocess.run(
            shell, cwd=self.folder, env=self.variables, capture_output=True, text=True, check=False
        )
        return "success" if done.returncode == 0 else f"failure: {done.stdout}{done.stderr}"


def git(*arguments: str, cwd: Path) -> None:
    subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def job(environment: dict[str, str], built: Path, tmp_path: Path) -> Job:
    for program in ("git", "openssl"):
        if shutil.which(program) is None:
            missing(program)
    origin, work = tmp_path / "origin.git", tmp_path / "work"
    work.mkdir()
    git("init", "-q", "--bare", "-b", "main", str(origin), cwd=tmp_path)
    git("init", "-q", "-b", "main", cwd=work)
    shutil.copy(tmp_path / "digest.toml", work)
    (work / "program").mkdir()
    shutil.copy(next(built.glob("*.whl")), work / "program")
    git("add", ".", cwd=work)
    git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "x", cwd=work)
    git("push", "-q", str(origin), "main", cwd=work)
    variables = yaml.safe_load(WORKFLOW.read_text())["jobs"]["send"]["env"]
    return Job(origin, environment | variables | {"STATE_KEY": "a key"}, tmp_path / "checkout")


def test_the_workflow_sends_once_over_two_jobs(job: Job, inbox: BackgroundInbox) -> None:
    job.run('subscriber add reader@example.org --topic "about agents"')
    assert set(job.outcomes.values()) == {"success"}, job.outcomes
    job.run()
    assert set(job.outcomes.values()) == {"success"}, job.outcomes
    assert [mail.recipients[0] for mail in inbox.messages] == ["reader@example.org"]


def test_what_installs_packages_knows_no_secret() -> None:
    job = yaml.safe_load(WORKFLOW.read_text())["jobs"]["send"]
    (installing,) = (step for step in job["steps"] if "pip install" in step.get("run", ""))
    assert "secrets." in str(job["steps"])
    assert "secrets." not in str(job["env"]) + str(installing)


def test_a_state_that_cannot_be_read_is_left_as_it_was(job: Job) -> None:
    job.run()
    before = head(job)
    job.variables["STATE_KEY"] = "another key"
    job.run()
    assert job.outcomes["state"].startswith("failure")
    assert head(job) == before


def head(job: Job) -> str:
    shown = ["git", "rev-parse", "state"]
    return subprocess.run(shown, cwd=job.origin, check=True, capture_output=True, text=True).stdout
