"""`digest subscriber`, `digest outbox` and `digest audit`, as an operator types them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.database import open_database
from digest.delivery.pauses import Pause, Pauses
from tests.acceptance.command import Digest

READER = "reader@example.org"


@pytest.fixture
def ready(digest: Digest) -> Digest:
    """An installation with one subscriber."""
    digest.set_up()
    digest("subscriber", "add", READER, "--topic", "robots")
    return digest


def shown(digest: Digest, email: str = READER) -> Any:
    return digest("subscriber", "show", email, "--format", "json").json


def test_what_is_named_is_edited_and_the_rest_stays(ready: Digest) -> None:
    said = ready("subscriber", "edit", READER, "--hour", "7", "--timezone", "Europe/Berlin").out
    assert "Changed for reader@example.org: hour 7, timezone Europe/Berlin." in said
    now = shown(ready)
    assert now["when"] == "weekdays 07:00 Europe/Berlin"
    assert [topic["text"] for topic in now["topics"]] == ["robots"]


@pytest.mark.parametrize("command", [("list",), ("show", READER)])
def test_an_exclusion_is_told_from_a_wish(ready: Digest, command: tuple[str, ...]) -> None:
    ready("topic", "exclude", READER, "survey")
    assert "not survey" in ready("subscriber", *command).out
    told = ready("subscriber", *command, "--format", "json").json
    topics = (told[0] if isinstance(told, list) else told)["topics"]
    assert [(one["text"], one["excluded"]) for one in topics] == [
        ("robots", False),
        ("survey", True),
    ]


def test_an_address_is_changed_and_the_old_one_is_known_no_more(ready: Digest) -> None:
    ready("subscriber", "edit", READER, "--email", "Other@Example.org", "--topic", "compilers")
    assert [t["text"] for t in shown(ready, "other@example.org")["topics"]] == ["compilers"]
    assert "No subscriber" in ready("subscriber", "show", READER, code=1).err


def test_a_pause_ends_with_resume(ready: Digest) -> None:
    paused = ready("subscriber", "pause", READER, "--format", "json").json
    assert paused == {"email": READER, "status": "paused"}
    assert ready("subscriber", "resume", READER, "-f", "json").json["status"] == "confirmed"
    ready("subscriber", "remove", READER)
    assert "it cannot pause" in ready("subscriber", "pause", READER, code=1).err


def test_a_suppression_is_taken_back_and_history_tells_all(ready: Digest) -> None:
    ready("subscriber", "suppress", READER, "--why", "asked by telephone")
    told = ready("subscriber", "history", READER, "--format", "json").json
    assert told["suppression"]["detail"] == "asked by telephone"
    assert [line["action"] for line in told["consent"]] == ["add"]
    ready("subscriber", "unsuppress", READER)
    assert shown(ready)["suppressed"] is None


def test_what_a_person_wanted_themselves_is_taken_back_with_force_alone(ready: Digest) -> None:
    ready("subscriber", "remove", READER, "--erase")
    refused = " ".join(ready("subscriber", "unsuppress", READER, code=2).err.split())
    assert "by the person's own will" in refused
    ready("subscriber", "unsuppress", READER, "--force")


def test_every_change_is_in_the_audit_log_without_erased_addresses(ready: Digest) -> None:
    ready("subscriber", "edit", READER, "--template", "none", code=2)
    ready("subscriber", "remove", READER, "--erase")
    acts = ready("audit", "--format", "json").json
    told = [(act["action"], act["outcome"][:6]) for act in acts]
    erased, edited, added, *_ = told
    assert (erased, edited, added) == (
        ("subscriber erase", "done"),
        ("subscriber edit", "failed"),
        ("subscriber add", "done"),
    )
    assert READER not in str(acts)


def test_a_pause_is_told_until_it_is_retried(ready: Digest) -> None:
    engine, now = open_database(f"sqlite:///{ready.folder / 'digest.sqlite3'}"), datetime.now(UTC)
    pause = Pause("example.org", now, now + timedelta(hours=1), "550 5.7.1 poor reputation")
    Pauses(engine).write("a sender", [pause], now)
    engine.dispose()
    assert "example.org is paused until" in ready("outbox").out
    assert ready("outbox", "-f", "json").json["pauses"][0]["why"] == "550 5.7.1 poor reputation"
    ready("outbox", "retry", "--domain", "example.org")
    assert ready("outbox", "-f", "json").json["pauses"] == []


def test_nothing_is_done_to_the_whole_outbox_by_a_forgotten_option(ready: Digest) -> None:
    assert "--all" in ready("outbox", "cancel", code=2).err
    ready("outbox", "hold", "--domain", "example.org", "--why", "they move")
    assert ready("outbox", "--format", "json").json["holds"][0]["why"] == "they move"
    assert ready("outbox", "release", "--domain", "example.org", "-f", "json").json["holds"] == []
