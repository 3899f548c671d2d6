"""`digest init`: what it takes for an answer, at a terminal and as an option."""

from __future__ import annotations

import os
import pty
import sys
import tomllib
from pathlib import Path

import pytest

from tests.acceptance.command import Digest
from tests.support import ROOT


def answer(folder: Path, *answers: str) -> str:
    """Types the answers at a terminal, each when it is asked for; returns what was shown."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.environ["PYTHONPATH"] = str(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "digest", "init"])
    shown, left, unanswered = b"", list(answers), b""
    while part := read(terminal):
        shown, unanswered = shown + part, unanswered + part
        if left and unanswered.endswith(b"]: "):
            os.write(terminal, f"{left.pop(0)}\n".encode())
            unanswered = b""
    os.waitpid(process, 0)
    os.close(terminal)
    return shown.decode()


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when the other side has closed (pty(7))
        return b""


def test_an_answer_that_cannot_be_right_is_asked_for_again(tmp_path: Path) -> None:
    typed = ("me@example", "papers@example.org", "papers@example.org", "mail.example.org")
    shown = answer(tmp_path, *typed, "70000", "465", "none")
    written = tomllib.loads((tmp_path / "digest.toml").read_text())
    assert written["sender"]["address"] == "papers@example.org"
    assert {key: written["smtp"][key] for key in ("host", "port", "user")} == {
        "host": "mail.example.org", "port": 465, "user": "",
    }  # fmt: skip
    assert "'papers@example.org' is no name of a server" in shown
    assert "'70000' is no port" in shown


def test_the_user_is_the_senders_address_where_enter_is_pressed(tmp_path: Path) -> None:
    answer(tmp_path, "papers@example.org", "192.0.2.7", "", "")
    written = tomllib.loads((tmp_path / "digest.toml").read_text())["smtp"]
    assert (written["host"], written["user"]) == ("192.0.2.7", "papers@example.org")


@pytest.mark.parametrize(
    "wrong",
    [("--from", "papers"), ("--from", "me@example"), ("--smtp-host", "https://mail.example.org")],
)
def test_an_option_that_cannot_be_right_writes_nothing(
    digest: Digest, wrong: tuple[str, str]
) -> None:
    assert wrong[1].rpartition("@")[2] in digest("init", *wrong, code=2).err
    assert not (digest.folder / "digest.toml").exists()
