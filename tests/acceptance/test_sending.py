"""200 readers, the edition of 2026-08-20, a real SMTP server; and a kill in the middle."""

from __future__ import annotations

import re
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from digest.database import open_database
from digest.figures import Figures
from digest.inbox import BackgroundInbox
from tests.acceptance.command import Digest

READERS = 200
TOPICS = {"agent": "agent", "video": "video", "reinforcement learning": "reinforcement", "": ""}


@pytest.fixture
def ready(digest: Digest, shared_data: Path) -> Digest:
    from digest.app import make_app
    from digest.config import load
    from subscribers.model import Consent, Subscriber, Topic

    digest.set_up()
    digest("edition", "import", str(shared_data / "daily_papers" / "2026-08-20.json"))
    app = make_app(load(digest.folder / "digest.toml", digest.variables))
    given = Consent(action="add", at=datetime.now(UTC), source="operator")
    for number in range(READERS):
        topic = list(TOPICS)[number % len(TOPICS)]
        topics = (Topic(text=topic),) if topic else ()
        app.subscribers.add(Subscriber(email=f"r{number}@example.org", topics=topics), given)
    app.close()
    return digest


def recipients(inbox: BackgroundInbox) -> Counter[str]:
    return Counter(received.recipients[0] for received in inbox.messages)


def test_every_reader_gets_the_right_papers_once(ready: Digest, inbox: BackgroundInbox) -> None:
    ready("send", "--date", "2026-08-20")
    counts = recipients(inbox)
    assert len(counts) == READERS
    assert set(counts.values()) == {1}
    for received in inbox.messages:
        number = int(re.findall(r"\d+", received.recipients[0])[0])
        phrase = TOPICS[list(TOPICS)[number % len(TOPICS)]]
        message = message_from_bytes(received.data, policy=policy.default)
        text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert phrase in text.lower()
    ready("send", "--date", "2026-08-20")
    assert len(inbox.messages) == READERS


def test_a_send_counts_the_figures_of_the_operators_page(ready: Digest) -> None:
    ready("send", "--date", "2026-08-20")
    engine = open_database(f"sqlite:///{ready.folder / 'digest.sqlite3'}")
    days = Figures(engine).days(datetime.now(UTC).date(), 2)  # two: it may be midnight
    engine.dispose()
    assert sum(day.counts["sent"] for day in days) == READERS


def test_a_run_killed_in_the_middle_and_repeated_reaches_everybody(
    ready: Digest, inbox: BackgroundInbox
) -> None:
    running = ready.start("send", "--date", "2026-08-20")
    while len(inbox.messages) < READERS // 4 and running.poll() is None:
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    ready.variables["DIGEST_SENDER__NAME"] = "Paper Digest"
    for _ in range(3):  # the killed run's claims hold until their lease ends
        if ready("send", "--date", "2026-08-20", "--wait", "3m", code=None).code == 0:
            break
    counts = recipients(inbox)
    assert len(counts) == READERS
    repeated = sum(counts.values()) - READERS
    assert repeated <= 50 + 4  # one batch of uncommitted answers and what was on the wire
    by_id = Counter(message_from_bytes(m.data)["Message-ID"] for m in inbox.messages)
    assert len(by_id) == READERS  # a repetition has the same Message-ID
