"""`digest edition import` on all real stored days and the saved page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.command import Digest

PAGE = 47
ON_BOTH = 1  # a paper of the page that a stored day has too, known by its title


@pytest.fixture
def files(shared_data: Path) -> list[str]:
    days = sorted(str(path) for path in (shared_data / "daily_papers").glob("*.json"))
    return [*days, str(shared_data / "daily-papers-page.txt")]


def distinct_ids(files: list[str]) -> set[str]:
    """What the files hold, found by nothing but the form of an arXiv id."""
    text = "".join(Path(file).read_text(encoding="utf-8") for file in files[:-1])
    quote = r"""\\?["']"""
    paper = rf"{quote}paper{quote}:\s*{{\s*{quote}id{quote}:\s*{quote}(\d{{4}}\.\d{{5}})"
    return set(re.findall(paper, text))


def archived(digest: Digest) -> dict[str, int]:
    rows = digest("edition", "list", "--format", "json").json
    return {row["date"]: row["papers"] for row in rows}


def test_every_stored_paper_comes_in_and_none_twice(digest: Digest, files: list[str]) -> None:
    digest.set_up()
    first = digest("edition", "import", *files, "--format", "json").json
    rows = archived(digest)
    assert len(files) == 25
    assert sum(rows.values()) == first["new"]
    assert rows["2024-12-11"] == 26  # each item a string with a Python literal inside
    assert rows["2025-01-10"] == 9  # wrapped in an object
    assert sum(rows.values()) == len(distinct_ids(files)) + PAGE - ON_BOTH
    again = digest("edition", "import", *files, "--format", "json").json
    assert again["new"] == 0
    assert archived(digest) == rows


def test_all_47_papers_of_the_page_come_in(digest: Digest, files: list[str]) -> None:
    digest.set_up()
    digest("edition", "import", files[-1])
    assert sum(archived(digest).values()) == PAGE


def test_a_folder_stands_for_the_files_that_it_holds(digest: Digest, files: list[str]) -> None:
    folder = digest.folder / "days"
    (folder / "deeper").mkdir(parents=True)
    (folder / "notes.md").write_text("What else lies there.\n", encoding="utf-8")
    for file in files[:2]:
        (folder / Path(file).name).write_bytes(Path(file).read_bytes())
    digest.set_up()
    assert "2 files" in digest("edition", "import", "days").out
    assert {*archived(digest)} == {Path(file).stem for file in files[:2]}


def test_a_folder_without_stored_days_is_named(digest: Digest) -> None:
    (digest.folder / "empty").mkdir()
    digest.set_up()
    ran = digest("edition", "import", "empty", code=1)
    assert "empty" in ran.err
    assert ".jsonl" in ran.err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.json", lambda text: text[: len(text) // 2]),
        ("html.json", lambda _: "<!doctype html><title>504 Gateway Time-out</title>"),
        ("empty.json", lambda _: ""),
        ("number.json", lambda _: "17"),
        ("untitled.json", lambda text: text.replace('"title"', '"titel"')),
        ("literal.json", lambda _: "[\"{'paper': __import__('os')}\"]"),
        ("binary.json", lambda _: "\x00\x01\x02"),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_changed(
    digest: Digest, files: list[str], name: str, content: object
) -> None:
    good = Path(files[-2])
    broken = digest.folder / name
    broken.write_text(content(good.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]
    digest.set_up()
    ran = digest("edition", "import", str(good), str(broken), code=1)
    assert name in ran.err
    assert archived(digest) == {}


@pytest.mark.parametrize("command", [["pull", "--days", "40"], ["edition", "list"]])
def test_empty_days_in_a_row_share_a_line_and_bury_nothing(
    digest: Digest, command: list[str]
) -> None:
    digest.set_up()
    stored = digest.folder / "days"
    stored.mkdir()
    (stored / "one.jsonl").write_text('{"title": "A paper", "date": "2026-08-18"}\n')
    (digest.folder / "digest.toml").write_text('[[sources]]\nkind = "files"\npaths = ["days"]\n')
    digest("pull", "--days", "40", "--date", "2026-08-20", "--format", "json")
    last = ["--date", "2026-08-20"] if command[0] == "pull" else []
    lines = digest(*command, *last).out.splitlines()
    assert sum("empty" in line for line in lines) == 2
    said = " ".join(" ".join(lines).split())
    assert "37 days: no file" in said
    assert "2026-07-12 to 2026-08-17" in said
    assert len(digest(*command, *last, "--format", "json").json) == 40
