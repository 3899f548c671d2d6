"""`digest send --processes N`: several processes empty one outbox, each message once."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from digest.inbox import BackgroundInbox
from tests.acceptance.command import Digest

READERS = 120

pytestmark = pytest.mark.timeout(300)  # several interpreters start in each of these


@pytest.fixture
def full(digest: Digest, database_url: str) -> Digest:
    """An installation whose outbox holds a notice for every reader."""
    digest.variables["DIGEST_DATABASE"] = database_url
    digest.set_up()
    digest.fill_outbox(READERS)
    return digest


def once_each(inbox: BackgroundInbox) -> bool:
    counts = Counter(received.recipients[0] for received in inbox.messages)
    return len(counts) == READERS and set(counts.values()) == {1}


def slowly(full: Digest, inbox: BackgroundInbox) -> subprocess.Popen[str]:
    """Three processes that the relay allows 30 messages a second; some have arrived."""
    full.variables["DIGEST_SMTP__PER_SECOND"] = "30"
    running = full.start("send", "--no-pull", "--processes", "3")
    while len(inbox.messages) < 10 and running.poll() is None:
        time.sleep(0.01)
    del full.variables["DIGEST_SMTP__PER_SECOND"]
    return running


def children(of: int) -> list[int]:
    """The senders of a command, by their process ids."""
    found = Path(f"/proc/{of}/task/{of}/children").read_text(encoding="ascii").split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in found}
    return [child for child, line in lines.items() if b"spawn_main" in line]


def test_two_processes_send_every_message_once_and_add_up(
    full: Digest, inbox: BackgroundInbox
) -> None:
    ran = full("send", "--no-pull", "--processes", "2", "--format", "json")
    assert once_each(inbox)
    assert ran.json["report"]["counts"] == {"accepted": READERS}


def test_sigterm_reaches_all_and_the_next_run_sends_the_rest(
    full: Digest, inbox: BackgroundInbox
) -> None:
    running = slowly(full, inbox)
    senders = children(running.pid)
    running.send_signal(signal.SIGTERM)
    out, _ = running.communicate(timeout=60)
    assert "asked to stop" in out
    assert len(senders) == 3
    assert not any(Path(f"/proc/{sender}").exists() for sender in senders)
    full("send", "--no-pull", "--processes", "2")
    assert once_each(inbox)


def test_what_a_killed_process_had_claimed_is_sent_by_the_others(
    full: Digest, inbox: BackgroundInbox
) -> None:
    running = slowly(full, inbox)
    os.kill(children(running.pid)[0], signal.SIGKILL)
    out, _ = running.communicate(timeout=60)
    assert "a sender ended with -9" in out
    assert len({received.recipients[0] for received in inbox.messages}) == READERS


def test_senders_end_when_their_command_is_killed(full: Digest, inbox: BackgroundInbox) -> None:
    running = slowly(full, inbox)
    senders = children(running.pid)
    running.kill()
    running.communicate()
    until = time.monotonic() + 60
    while any(_runs(sender) for sender in senders) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(_runs(sender) for sender in senders)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except OSError:
        return False
    return state.split()[0] != "Z"
