"""The guides, done as a new user would: every command in them, in a folder of its own.

A block whose fence names a file (```toml digest.toml) is written to that file; a block of `sh` is
run. What a guide says of mail servers and passwords is answered by a server of this machine.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from digest.cli import app
from digest.inbox import BackgroundInbox
from tests.acceptance import warm
from tests.hub import Hub, hub_running
from tests.support import ROOT

DOCS = ROOT / "docs"
GUIDES = [
    "send-through-gmail",
    "run-it-for-a-lab",
    "run-it-from-ci",
    "write-a-template",
    "move-from-listmonk",
    "move-from-zotero-arxiv-daily",
]
#: Pages that show commands to somebody whose installation runs already.
PAGES = ["run-it", "sources", "email", "preview", "operator", "templates", "README"]
#: What a page says in words, for a shell.
SPELT = {
    "database restore": "--config empty.toml database restore",  # "into an empty database"
    "sessions revoke 3": "sessions revoke --all",  # nobody has signed in
}
#: How many blocks of a page are marked as not to be run here: for root, a network, hours.
NOT_RUN = {"run-it": 2, "reliability": 1, "README": 2}
READY = """
digest init --from papers@example.org --smtp-host mail.example.org
printf '[sender]\\naddress = "papers@example.org"\\n' > empty.toml
sed -i '1i database = "sqlite:///empty.sqlite3"' empty.toml
digest pull --date 2026-08-20
digest edition show 2026-08-20 --format json > /dev/null
digest subscriber add reader@example.org --topic agents
mkdir days && echo '{"title": "A stored paper", "date": "2026-08-18"}' > days/stored.jsonl
"""
MARK = re.compile(
    r"^<!-- not run: (\S[^>]*) -->\n(?:<!--[^\n]*-->\n)?```sh\n.*?^```$", re.MULTILINE | re.DOTALL
)
BLOCK = re.compile(r"^```(\w+)(?: ([^\n`]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The command, after the sources of ./digest.toml were led to this machine.
COMMAND = """
if [ -f digest.toml ] && ! grep -q '{hub}' digest.toml; then
  sed -i -E '/^categories|^cross_lists/d; s/^kind = "arxiv"/kind = "huggingface"/' digest.toml
  sed -i 's,^kind = "huggingface",&\\nbase_url = "{hub}",' digest.toml
fi
case "$*" in
  "operator password" | preview*) case "$*" in *--output*) ;; *)
    exec "{python}" -m tests.acceptance.person "$@" ;; esac ;;
esac
exec {command} "$@"
"""
SHOWN = re.compile(r"(?:^|`)digest ((?:[a-z][a-z-]+)(?: [^\n`#|;]*)?)", re.MULTILINE)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_running() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, inbox: BackgroundInbox, hub: Hub) -> dict[str, str]:
    """The variables of a new user's terminal; accounts lead to servers of this machine."""
    programs = tmp_path / "bin"
    programs.mkdir()
    told = {"python": sys.executable, "hub": hub.web.url, "command": shlex.join(warm.command())}
    _program(programs / "digest", COMMAND.format(**told))
    _program(programs / "pip", "exit 0")  # what it would build or install is here
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DIGEST_", "COV_CORE"))}
    return kept | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "DIGEST_SMTP__HOST": "127.0.0.1",
        "DIGEST_SMTP__PORT": str(inbox.smtp_port),
        "DIGEST_SMTP__TLS": "none",
        "DIGEST_SMTP__USER": "",
        "DIGEST_SMTP__PER_SECOND": "100",
    }


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def text_of(page: str) -> str:
    folder = ROOT if page == "README" else DOCS
    return (folder / f"{page}.md").read_text(encoding="utf-8")


def script(guide: str) -> str:
    """A guide as one shell script, in its order; each command is shown before it runs."""
    parts = ["set -euxo pipefail"]
    for language, file, text in BLOCK.findall(MARK.sub("", text_of(guide))):
        if file:
            parts.append(f"mkdir -p '{Path(file).parent}'\ncat > '{file}' <<'END'\n{text}END")
        elif language == "sh":
            parts.append(text)
    return "\n".join(parts)


def run(text: str, folder: Path, variables: dict[str, str]) -> str:
    ran = subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-3000:]}"
    assert "Traceback" not in ran.stderr
    return ran.stdout


def repository(folder: Path, variables: dict[str, str]) -> None:
    """An empty repository at the forge and its clone, as the guide asks for."""
    made = f"""
    git config --global user.email me@example.org; git config --global user.name Me
    git config --global init.defaultBranch main; git init -q --bare {folder}/forge.git
    git clone -q {folder}/forge.git papers; ln -s {ROOT} paper-digest"""
    run(made, folder, variables)


@pytest.mark.timeout(600)  # a dozen processes, each of which starts anew
@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_of_a_guide_runs(
    guide: str, tmp_path: Path, desk: dict[str, str], inbox: BackgroundInbox
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    repository(folder, desk)
    text = script(guide)
    assert text.count("digest ") >= 3
    run(text, folder, desk)
    if "\ndigest send" in text:
        assert inbox.messages, "the guide sends, and nothing has arrived"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_runs_where_all_is_set_up(
    page: str, tmp_path: Path, desk: dict[str, str]
) -> None:
    folder = tmp_path / "there"
    (folder / ".venv").mkdir(parents=True)
    (folder / ".venv" / "bin").symlink_to(tmp_path / "bin")
    run(f"set -euxo pipefail\n{READY}", folder, desk)
    text = script(page)
    for words, command in SPELT.items():
        text = text.replace(words, command)
    assert "digest " in text
    run(text, folder, desk)


@pytest.mark.parametrize("page", ["README", *sorted(file.stem for file in DOCS.glob("*.md"))])
def test_no_command_of_a_page_is_forgotten(page: str) -> None:
    text = text_of(page)
    assert len(MARK.findall(text)) == NOT_RUN.get(page, 0)
    run_here = [block for block in BLOCK.findall(MARK.sub("", text)) if block[0] == "sh"]
    assert not run_here or page in (*GUIDES, *PAGES)
    assert not re.search(r"^```\n(?:digest|pip|git) ", text, re.MULTILINE), "a block without `sh`"


def steps(workflow: str) -> list[str]:
    """The commands of a workflow's steps, in order."""
    found = re.findall(r"^( +)(?:- )?run: (\|\n(?:\1 +.*\n|\n)+|.*\n)", workflow, re.MULTILINE)
    return [text.removeprefix("|\n") for _, text in found]


@pytest.mark.timeout(600)
def test_the_workflow_sends_once_and_keeps_its_state(
    tmp_path: Path, desk: dict[str, str], inbox: BackgroundInbox
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    repository(folder, desk)
    run(script("run-it-from-ci"), folder, desk)
    workflow = (ROOT / "deploy" / "github-workflow.yml").read_text(encoding="utf-8")
    variables = desk | {
        "STATE_KEY": "any long random text",
        "PAPER_DIGEST": "./program/*.whl",
        "COMMAND": "status",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    for day in ("first", "second"):
        run(f"git clone -q -b main {folder}/forge.git {day}", folder, variables)
        for step in steps(workflow):
            run(f"set -e\n{step}", folder / day, variables)
        assert [mail.recipients for mail in inbox.messages] == [("me@example.org",)]


@pytest.mark.parametrize("file", sorted(DOCS.glob("*.md")), ids=lambda file: file.stem)
def test_every_command_that_any_page_shows_is_one(file: Path) -> None:
    for shown in SHOWN.findall(file.read_text(encoding="utf-8").replace("\\\n", " ")):
        command, words = typer.main.get_command(app), shown.split()
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]  # type: ignore[attr-defined]  # a group
        known = {option for parameter in command.params for option in parameter.opts}
        known |= {o for parameter in command.params for o in parameter.secondary_opts}
        used = {word.partition("=")[0] for word in words if word.startswith("--") and word != "--"}
        assert command.name != "digest", f"`digest {shown}` is no command"
        assert used - {"--help"} <= known, f"`digest {shown}`"
