from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.acceptance import warm
from tests.support import ROOT

PAPERS = [
    {"id": "2608.00001", "edition": "2026-08-03", "title": "RL for Agents", "abstract": "We act."},
    {"id": "2608.00002", "edition": "2026-08-03", "title": "A World Model", "abstract": "Deep RL."},
    {"id": "2608.00003", "edition": "2026-08-04", "title": "World Music", "abstract": "We play."},
]


def digest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        warm.command(*arguments),
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    file = tmp_path / "papers.jsonl"
    file.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS))
    return file


def test_a_back_test_prints_a_line_for_every_paper(tmp_path: Path, papers: Path) -> None:
    run = digest(tmp_path, "topic", "backtest", "RL", "--papers", str(papers), "--format", "jsonl")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["id"] for line in lines] == [paper["id"] for paper in PAPERS]
    assert [line["matched"] for line in lines] == [True, True, False]
    assert [line["tier"] for line in lines] == ["matched", "matched", ""]
    assert lines[0]["score"] > lines[1]["score"] > lines[2]["score"]
    assert "RL" in lines[0]["reason"]
    assert "title" in lines[0]["reason"]


def test_a_back_test_shows_a_table_and_how_many_a_day(tmp_path: Path, papers: Path) -> None:
    run = digest(tmp_path, "topic", "backtest", "world", "--papers", str(papers))
    assert "A World Model" in run.stdout
    assert "2 of 3 papers in 2 editions: 1.0 a day." in run.stdout


def test_a_mistake_is_shown_with_a_caret_and_ends_with_two(tmp_path: Path) -> None:
    run = digest(tmp_path, "topic", "check", "titel:RL")
    assert run.returncode == 2
    assert "titel:RL\n^" in run.stderr


def test_check_says_what_a_topic_means(tmp_path: Path) -> None:
    run = digest(tmp_path, "topic", "check", "RL -survey")
    assert run.returncode == 0
    assert 'not "survey" in the title' in run.stdout
    assert "RL or RLs, with these capitals" in run.stdout


def test_topics_are_added_excluded_listed_and_removed(tmp_path: Path) -> None:
    digest(tmp_path, "init")
    digest(tmp_path, "subscriber", "add", "reader@example.org", "--topic", "RL")
    digest(tmp_path, "topic", "add", "reader@example.org", "world model")
    digest(tmp_path, "topic", "exclude", "reader@example.org", "survey")
    digest(tmp_path, "topic", "remove", "reader@example.org", "1")
    listed = digest(tmp_path, "topic", "list", "reader@example.org", "--format", "json")
    assert [(row["topic"], row["use"]) for row in json.loads(listed.stdout)] == [
        ("world model", "selects"),
        ("survey", "excludes"),
    ]


@pytest.mark.parametrize("written", ["-survey", "NOT survey"])
def test_an_exclusion_may_be_written_with_its_minus(tmp_path: Path, written: str) -> None:
    digest(tmp_path, "init")
    digest(tmp_path, "subscriber", "add", "reader@example.org", "--topic", "RL")
    run = digest(tmp_path, "topic", "exclude", "reader@example.org", written)
    assert "now excludes: survey" in run.stdout
    several = digest(tmp_path, "topic", "exclude", "reader@example.org", "-survey -review")
    assert (several.returncode, "without a minus" in several.stderr) == (2, True)


def test_check_prints_json_for_scripts(tmp_path: Path) -> None:
    run = digest(tmp_path, "topic", "check", "TTS -survey", "--format", "json")
    told = json.loads(run.stdout)
    assert told["topic"] == "TTS AND NOT survey"
    assert told["looked_for"]["TTS"] == "TTS or TTSs, with these capitals"
    assert told["exact"]["TTS"][0].startswith("(text to speech OR TTS")
    assert told["warnings"] == [
        "TTS means 2 things (text to speech, test-time scaling): a phrase says which."
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("-survey", "-survey\n^"),
        ("-yoga", "This only excludes"),  # no option, although -y is one elsewhere
        ("(" * 10_000, "The topic is too long"),
        ("RL OR", "The line ends here"),
        ("RL\x07", "U+0007 is no text"),
    ],
)
@pytest.mark.parametrize("command", ["check", "backtest"])
def test_what_is_no_topic_says_why_with_a_caret(
    tmp_path: Path, command: str, query: str, said: str
) -> None:
    run = digest(tmp_path, "topic", command, query)
    assert run.returncode == 2
    assert said in run.stderr
    assert "^" in run.stderr


def test_a_query_that_begins_with_a_hyphen_can_ask_for_something(tmp_path: Path) -> None:
    run = digest(tmp_path, "topic", "check", '-survey "RL"')
    assert run.returncode == 0
    assert 'not "survey" in the title' in run.stdout


def test_a_wrong_topic_is_not_added(tmp_path: Path) -> None:
    digest(tmp_path, "init")
    digest(tmp_path, "subscriber", "add", "reader@example.org")
    for command in ("add", "exclude"):
        run = digest(tmp_path, "topic", command, "reader@example.org", "titel:RL")
        assert (run.returncode, "titel:RL\n^" in run.stderr) == (2, True)
    assert digest(tmp_path, "topic", "remove", "reader@example.org", "1").returncode == 2
    assert digest(tmp_path, "topic", "add", "nobody@example.org", "RL").returncode == 1
    listed = digest(tmp_path, "topic", "list", "reader@example.org", "--format", "json")
    assert json.loads(listed.stdout) == []


def test_what_is_there_already_is_not_added_twice(tmp_path: Path) -> None:
    digest(tmp_path, "init")
    digest(tmp_path, "subscriber", "add", "reader@example.org", "--topic", "RL")
    run = digest(tmp_path, "topic", "add", "reader@example.org", "RL")
    assert (run.returncode, "has this topic already" in run.stdout) == (0, True)
