from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from digest.archive import to_record
from digest.errors import EditionFileInvalid, SourceAnswerInvalid, SourceUnreachable
from digest.http import Client
from digest.model import DayState
from digest.settings import FilesSource, Settings
from digest.sources import make
from digest.sources.files import read
from digest.sources.stored import Files
from digest.testing import make_paper
from tests.payloads import daily, daily_item

THURSDAY = date(2026, 8, 20)
NOW = datetime(2026, 8, 25, tzinfo=UTC)
PAGE = """Daily Papers

byAK and the research community

Jan 5

A first paper about learning

It learns $\\alpha$ things.

  • 4 authors
·
Dec 8, 2025 3

A second paper about learning

It learns, too.
In two paragraphs.

cmu-lti CMU-LTI
·
Aug 9, 2024
"""
Write = Callable[[str, object], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: object) -> Path:
        path = tmp_path / name
        data = content if isinstance(content, str | bytes) else json.dumps(content)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write


def old_item(number: int = 1) -> dict[str, Any]:
    """An item of before 2025, when none told the day on which it was listed."""
    return daily_item(number, submittedOnDailyAt=None)


def test_a_stored_answer_tells_its_day(write: Write) -> None:
    (day,) = read(write("any.json", daily(1, 2)), now=NOW)
    assert (day.source, day.date, day.state) == ("huggingface", THURSDAY, DayState.CLOSED)
    assert (len(day.papers), day.fetched_at) == (2, NOW)


def test_the_listing_day_counts_before_the_name(write: Write) -> None:
    assert read(write("2024-05-27.json", daily(1)))[0].date == THURSDAY


def test_an_old_answer_is_dated_by_its_name(write: Write) -> None:
    assert read(write("hf_2024-05-27.json", [old_item()]))[0].date == date(2024, 5, 27)


def test_items_may_be_python_literals(write: Write) -> None:
    (day,) = read(write("2024-12-11.json", [str(daily_item(1)), str(old_item(2))][:1]))
    assert day.papers[0].key == "arxiv:2608.00001"


def test_an_answer_may_be_wrapped(write: Write) -> None:
    wrapped = {"status": "success", "date": "2025-01-10", "count": 1, "data": [str(old_item())]}
    assert read(write("x.json", wrapped))[0].date == date(2025, 1, 10)


def test_a_file_may_hold_several_days(write: Write) -> None:
    items = [daily_item(1), daily_item(2, submittedOnDailyAt="2026-08-19T00:00:00.000Z")]
    days = read(write("x.json", items))
    assert [(day.date.day, len(day.papers)) for day in days] == [(19, 1), (20, 1)]


def test_json_lines_hold_our_own_records(write: Write) -> None:
    papers = [make_paper(n, upvotes=n, version=2, stars=1) for n in (1, 2)]
    lines = "\n".join(json.dumps({**to_record(p), "date": "2026-08-20"}) for p in papers)
    (day,) = read(write("x.jsonl", lines + "\n\n"), source="mine")
    assert [paper.key for paper in day.papers] == [paper.key for paper in papers]
    assert day.papers[0].links == papers[0].links
    assert (day.papers[0].sources, day.papers[0].version) == (("mine",), 2)


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ({"id": "2608.00001v2"}, "arxiv:2608.00001"),
        ({"key": "arxiv:2608.00001"}, "arxiv:2608.00001"),
        ({"key": "url:https://e.org/a"}, "url:https://e.org/a"),
        ({"url": "http://e.org/a/"}, "url:https://e.org/a"),
    ],
)
def test_a_line_needs_a_title_and_a_day_alone(
    write: Write, record: dict[str, str], key: str
) -> None:
    (day,) = read(write("x.jsonl", {"title": "T", "edition": "2026-08-20", **record}))
    assert (day.date, day.papers[0].key) == (THURSDAY, key)


def test_a_packed_file_is_unpacked(write: Write) -> None:
    line = json.dumps({"title": "T", "date": "2026-08-20", "abstract": "A"})
    assert read(write("x.jsonl.gz", gzip.compress(line.encode())))[0].papers[0].abstract == "A"


def test_the_text_of_the_page_is_read(write: Write) -> None:
    (day,) = read(write("page.txt", PAGE))
    first, second = day.papers
    assert day.date == date(2026, 1, 5)  # the first fifth of January not before its papers
    assert (first.title, first.author_count) == ("A first paper about learning", 4)
    assert (first.abstract, first.published) == ("It learns α things.", date(2025, 12, 8))
    assert (first.comments, second.comments) == (3, 0)
    assert (second.organization, second.author_count) == ("CMU-LTI", 0)
    assert second.abstract == "It learns, too. In two paragraphs."


def test_a_stored_day_without_papers_is_empty(write: Write) -> None:
    (day,) = read(write("2026-08-22.json", "[]"))
    assert (day.state, day.reason) == (DayState.EMPTY, "the stored day lists no papers")


WRAPPED = {"status": "success", "date": "2025-01-10", "count": 1, "data": [daily_item()]}
BROKEN: dict[str, tuple[str, object, str]] = {
    "nothing": ("x.json", b"", "the file: is empty"),
    "cut off": ("x.json", daily(1, 2)[:-40], "line 1, column"),
    "html": ("x.json", b"<html>", "line 1, column 1: HTML or XML where JSON"),
    "a number": ("x.json", b"5", "the whole: the number 5 where a list"),
    "another object": ("x.json", {"papers": []}, "the whole: an object where a list"),
    "not utf-8": ("x.json", b'["\xff"]', "byte 3: is not UTF-8"),
    "deep": ("x.json", b"[" * 100_000, "the file: is nested too deeply"),
    "a huge number": ("x.json", b"9" * 10_000, "the file: no JSON: Exceeds the limit"),
    "a huge number in a line": ("x.jsonl", b'{"title": "T"}\n' + b"9" * 9999, "line 2: no JSON"),
    "no day": ("x.json", [old_item()], "item 1: its day is told neither here nor"),
    "empty without day": ("x.json", [], "the file: its day is told neither"),
    "impossible day": ("2026-13-45.json", [old_item()], "item 1: its day is told neither"),
    "bad listing day": ("x.json", [daily_item(submittedOnDailyAt="x")], "submittedOnDailyAt"),
    "no literal": ("2024-12-11.json", ["{'paper': open('x')}"], "item 1: text that is no Python"),
    "a cut literal": ("2024-12-11.json", [str(daily_item())[:-9]], "item 1: text that is"),
    "a huge literal": ("2024-12-11.json", ["x" * 1_000_001], "item 1: 1000001 characters"),
    "refused": ("x.json", {**WRAPPED, "status": "error"}, "status: 'error' where success"),
    "miscounted": ("x.json", {**WRAPPED, "count": 2}, "count: says 2 papers, data holds 1"),
    "bad wrapper": ("x.json", {**WRAPPED, "date": "x"}, "date: 'x' is no date"),
    "not a number": ("x.json", b'[{"paper": {"id": NaN}}]', "id: the number nan where text"),
    "flag": ("x.json", [daily_item(upvotes=True)], "upvotes: true or false where a whole number"),
    "authors": ("x.json", [daily_item(authors="Ada")], "authors: text where a list was expected"),
    "a line that is a list": ("x.jsonl", '{"title": "T"}\n[]', "line 2: a list where an object"),
    "a title of nothing": ("x.jsonl", {"title": "\t", "date": "2026-08-20"}, "title: is empty"),
    "second item": ("x.json", [daily_item(), {}], "item 2, paper: is missing"),
    "a bad line": ("x.jsonl", '{"title": "T", "date": "2026-08-20"}\n{"title', "line 2: no JSON"),
    "no title": ("x.jsonl", '{"title": "T"}\n{"date": "2026-08-20"}', "line 2, title: is missing"),
    "bad id": ("x.jsonl", {"title": "T", "id": "7"}, "line 1, id: '7' is no arXiv id"),
    "bad link": ("x.jsonl", {"title": "T", "links": [{"kind": "x", "url": "y"}]}, "item 1, kind"),
    "bad url": (
        "x.jsonl", {"title": "T", "links": [{"kind": "pdf", "url": "y"}]}, "no address of the web",
    ),
    "no line day": ("x.jsonl", {"title": "T"}, "item 1: its day is told neither"),
    "damaged gzip": ("x.jsonl.gz", gzip.compress(b"{}" * 500)[:-12], "cut off or damaged"),
    "no gzip": ("x.jsonl.gz", b"[]", "cannot be read: Not a gzipped file"),
    "page cut off": ("p.txt", PAGE[:-13], "line 20: the paper that begins here is cut off"),
    "page without day": ("p.txt", PAGE.replace("Jan 5", ""), "line 12: the day"),
    "page of no day": ("p.txt", PAGE.replace("Jan 5", "Feb 31"), "'Feb 31' is no day"),
    "page without papers": ("p.txt", "Daily Papers\nJan 5\n", "line 2: no paper follows"),
    "page's bad date": ("p.txt", PAGE.replace("Dec 8", "Dec 38"), "line 13: 'Dec 38, 2025 3'"),
    "page's short paper": (
        "p.txt", PAGE.replace("It learns $\\alpha$ things.", ""), "line 7: a paper without",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_place(write: Write, name: str) -> None:
    file, content, words = BROKEN[name]
    path = write(file, content)
    with pytest.raises(EditionFileInvalid) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EditionFileInvalid, match="cannot be read: No such file"):
        read(tmp_path / "absent.json")


pytest_anyio = pytest.mark.anyio


@pytest_anyio
async def test_files_are_a_source(write: Write, tmp_path: Path) -> None:
    write("2026-08-20.json", daily(1))
    write("more.jsonl", json.dumps({"title": "T", "date": "2026-08-20"}))
    write("2026-08-19.json", b"this day is not asked for, so it is not read")
    settings = FilesSource(kind="files", name="stored", paths=(str(tmp_path),))
    day = await Files(settings, lambda: NOW).fetch(THURSDAY)
    assert (day.source, len(day.papers), day.state) == ("stored", 2, DayState.CLOSED)
    none = await Files(settings, lambda: NOW).fetch(date(2026, 8, 18))
    assert (none.state, none.reason) == (DayState.EMPTY, "no file holds papers of this day")


@pytest_anyio
@pytest.mark.parametrize("pattern", ["2026-*.json", "**/2026-08-20.json", "2026-08-20.json"])
async def test_files_are_named_by_path_or_pattern(
    write: Write, tmp_path: Path, pattern: str
) -> None:
    write("2026-08-20.json", daily(1))
    settings = FilesSource(kind="files", paths=(str(tmp_path / pattern),))
    assert len((await Files(settings).fetch(THURSDAY)).papers) == 1


@pytest_anyio
async def test_a_stored_file_that_is_broken_is_named(write: Write, tmp_path: Path) -> None:
    write("2026-08-20.json", daily(1)[:-9])
    settings = FilesSource(kind="files", name="stored", paths=(str(tmp_path),))
    with pytest.raises(SourceAnswerInvalid, match=r"stored: .*2026-08-20\.json, line 1, column"):
        await Files(settings).fetch(THURSDAY)


@pytest_anyio
async def test_paths_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    settings = FilesSource(kind="files", paths=(str(tmp_path / "absent"),))
    with pytest.raises(SourceUnreachable, match="absent could not be reached: there is no such"):
        await Files(settings).fetch(THURSDAY)


@pytest_anyio
async def test_the_settings_make_the_sources_in_their_order(client: Client, tmp_path: Path) -> None:
    sources = [
        {"kind": "files", "paths": ["x"]},
        {"kind": "feed", "name": "lab", "url": "https://lab.example/feed"},
        {"kind": "arxiv", "categories": ["cs.LG", "hep-th", "cs", "cond-mat.str-el"]},
        {"kind": "huggingface", "name": "hub"},
    ]
    settings = Settings.model_validate({"folder": tmp_path, "sources": sources})
    assert [source.name for source in make(settings, client)] == ["files", "lab", "arxiv", "hub"]
