"""The recorded files as a whole: every paper comes in, none twice; no cut of one does harm."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from digest.archive import Archive
from digest.errors import EditionFileInvalid
from digest.sources.files import read


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> list[Path]:
    return [
        *sorted((shared_data / "daily_papers").glob("*.json")),
        shared_data / "daily-papers-page.txt",
    ]


def test_every_recorded_file_comes_in_and_no_paper_twice(
    engine: Engine, recorded: list[Path]
) -> None:
    archive = Archive(engine)
    result = archive.store([day for path in recorded for day in read(path)])
    papers = list(archive.papers())
    assert len(archive.list()) == len(recorded) == 25
    # 528 items, of which 3 were listed on two days, and 47 of the page, of which one is known.
    assert result.new == len(papers) == len({paper.key for paper in papers}) == 528 - 2 + 46
    assert all(row.state == "settled" for row in archive.list())


def test_importing_again_changes_nothing(sqlite_engine: Engine, recorded: list[Path]) -> None:
    archive = Archive(sqlite_engine)
    days = [day for path in recorded for day in read(path)]
    archive.store(days)
    again = archive.store(days)
    assert (again.new, again.updated, again.late, again.returned) == (0, 0, 0, 0)


def test_the_page_that_the_project_began_with_is_read_whole(recorded: list[Path]) -> None:
    (day,) = read(recorded[-1])
    assert (day.date, len(day.papers)) == (date(2026, 1, 5), 47)
    assert all(paper.title and len(paper.abstract) > 1000 for paper in day.papers)
    assert all(paper.author_count or paper.organization for paper in day.papers)
    assert sum(paper.comments or 0 for paper in day.papers) > 40


def test_a_paper_of_the_page_gets_its_id_when_it_is_met_again(
    sqlite_engine: Engine, recorded: list[Path]
) -> None:
    archive = Archive(sqlite_engine)
    archive.store(read(recorded[-1]))
    (known,) = [p for p in archive.papers() if p.title.startswith("Ring-lite")]
    june = next(path for path in recorded if path.name == "2025-06-18.json")
    archive.store(read(june))
    found = archive.paper(known.key)
    assert found
    assert found.key == "arxiv:2506.14731"
    assert (found.author_count, len(found.authors)) == (46, 46)
    assert found.upvotes is not None


def test_every_cut_of_a_recorded_file_is_refused(
    recorded: list[Path], tmp_path: Path, sqlite_engine: Engine
) -> None:
    archive = Archive(sqlite_engine)
    archive.store(read(recorded[0]))
    before = list(archive.papers())
    for path in recorded[:-1]:
        cut = tmp_path / path.name
        cut.write_bytes(path.read_bytes()[:-1000])
        with pytest.raises(EditionFileInvalid, match=r"line \d+, column"):
            archive.store([*read(path), *read(cut)])
    assert list(archive.papers()) == before
