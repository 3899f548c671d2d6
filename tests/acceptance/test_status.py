"""What the operator is told of days, readers and papers."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from digest.inbox import inbox_in_background
from tests.acceptance.command import Digest, to_inbox

DAY = "2026-08-20"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """An installation that has sent its digests of a day."""
    folder = tmp_path_factory.mktemp("sent")
    with inbox_in_background() as inbox:
        digest = Digest(folder, to_inbox(inbox))
        digest.set_up()
        digest("edition", "import", str(shared_data / "daily_papers" / f"{DAY}.json"))
        digest("subscriber", "add", "reader@example.org", "--topic", "agent")
        digest("subscriber", "add", "cave@example.org", "--topic", "speleology")
        digest("send", "--date", DAY)
    return folder


@pytest.fixture
def sent(digest: Digest, day: Path) -> Digest:
    shutil.copytree(day, digest.folder, dirs_exist_ok=True)
    return digest


def today(sent: Digest) -> str:
    line: str = sent("status", "reader@example.org", "--format", "json").json["days"][0]["day"]
    return line


def test_a_readers_days_are_told_with_what_came(sent: Digest) -> None:
    days = sent("status", "reader@example.org", "--format", "json").json["days"]
    assert (days[0]["outcome"], days[0]["digest"]) == ("sent", f"daily {DAY}")
    assert days[1]["outcome"] == "not yet a reader"
    assert "sent" in sent("status", "reader@example.org").out


def test_nothing_matched_is_told_with_how_many(sent: Digest) -> None:
    day = sent("status", "cave@example.org", "--format", "json").json["days"][0]
    assert day["outcome"] == "nothing matched"
    assert "0 of 15" in day["reason"]


def test_a_day_is_told_with_its_editions(sent: Digest) -> None:
    told = sent("status", "--date", DAY, "--format", "json").json
    assert [(e["state"], e["papers"]) for e in told["editions"]] == [("settled", 15)]
    assert "1 digest " in sent("status", "--date", today(sent)).out
    digests = sent("status", "--date", today(sent), "--format", "json").json["digests"]
    assert sorted((d["outcome"], d["count"]) for d in digests) == [
        ("nothing matched", 1),
        ("sent", 1),
    ]


def test_why_tells_every_paper_with_its_rule(sent: Digest) -> None:
    found = sent("why", "reader@example.org", today(sent), "--format", "json").json
    assert len(found["papers"]) == 15
    chosen = [paper for paper in found["papers"] if paper["verdict"] == "chosen"]
    assert chosen
    assert all("agent" in paper["because"].lower() for paper in chosen)
    assert "chosen" in sent("why", "reader@example.org", today(sent)).out


def test_a_stored_topic_that_no_longer_parses_is_told_wherever_it_is_looked_at(
    sent: Digest,
) -> None:
    with sqlite3.connect(sent.folder / "digest.sqlite3") as database:
        database.execute("UPDATE topics SET text = 'foo:bar' WHERE text = 'agent'")
    told = "is no topic any more: "
    reader = "reader@example.org"
    assert told in sent("topic", "list", reader).out
    assert "foo:bar" in sent("subscriber", "show", reader, "-f", "json").json["no_topics_any_more"]
    assert told in sent("why", reader, today(sent)).out
    assert told in sent("status", reader).out
    assert f"“foo:bar” {told}" in sent("doctor", code=1).out


def test_a_source_that_is_tried_again_is_told_with_its_reason(sent: Digest) -> None:
    source = '[network]\nattempts = 2\n[[sources]]\nkind = "feed"\nname = "lab"\n'
    (sent.folder / "digest.toml").write_text(f'{source}url = "http://127.0.0.1:9/"\n')
    ran = sent("send", code=None)
    assert re.search(r"lab: http://127\.0\.0\.1:9/ .* Again in \d\.\d s\.", ran.err)


def test_the_overview_tells_of_the_last_run(sent: Digest) -> None:
    told = sent("status", "--format", "json").json
    assert told["runs"][0]["kind"] == "send"
    assert "accepted 1" in told["runs"][0]["outcome"]


def test_send_without_a_date_says_why_there_is_nothing(sent: Digest) -> None:
    ran = sent("send", "--no-pull")
    assert "Nobody is due" in ran.out or "without mail" in ran.out
