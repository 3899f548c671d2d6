"""Backup, restore and prune, on both kinds of database."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text

from digest.archive import tables as archive
from digest.delivery import Which
from digest.delivery.tables import deliveries, selections
from digest.errors import BackupFailed, BackupUnusable, DatabaseNotEmpty, KeysMissing
from digest.keys import load_links
from digest.link_keys import link_keys, ring_of
from digest.settings import Keeping
from digest.upkeep import Keys, Pruned, back_up, content, prune, restore
from subscribers.model import SuppressionReason
from tests.installation import Installation, instant
from tests.outboxes import plan
from tests.support import postgres_programs

MONDAY = date(2026, 8, 17)
KEEP = Keeping(deliveries_days=180, outcomes_days=400, papers_days=300)


@pytest.fixture
def place(place: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    if programs := postgres_programs():  # pg_dump of the server's own version
        monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return place


@pytest.fixture
def filled(place: Installation) -> Installation:
    """A reader with a digest planned, and a suppressed address."""
    place.add()
    place.lists(MONDAY, 1, 2)
    place.plan("2026-08-17 08:00")
    bounced = SuppressionReason.BOUNCE
    place.app.subscribers.suppress("gone@example.org", bounced, place.now)
    return place


def keys_of(place: Installation) -> Path:
    return place.app.settings.keys


def test_what_was_backed_up_comes_back(filled: Installation, tmp_path: Path) -> None:
    engine, file = filled.app.engine, tmp_path / "a.backup"
    before = content(engine)
    assert back_up(engine, file) == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    filled.add("later@example.org")
    assert restore(engine, file, keys_of(filled), replace=True) is Keys.SAME
    assert content(engine) == before == "1 subscribers, 1 suppressions, 1 editions, 1 deliveries"
    assert filled.deliver() == ["reader@example.org"]


def test_a_database_with_content_is_not_written_over(filled: Installation, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    back_up(filled.app.engine, file)
    filled.add("later@example.org")
    with pytest.raises(DatabaseNotEmpty, match=r"2 subscribers.*--replace"):
        restore(filled.app.engine, file, keys_of(filled))
    assert content(filled.app.engine).startswith("2 subscribers")


def test_what_is_no_backup_leaves_the_database_as_it_was(
    filled: Installation, tmp_path: Path
) -> None:
    file, before = tmp_path / "a.backup", content(filled.app.engine)
    file.write_bytes(b"not a backup")
    with pytest.raises(BackupUnusable, match="it is no backup"):
        restore(filled.app.engine, file, keys_of(filled), replace=True)
    assert content(filled.app.engine) == before


def test_a_damaged_backup_leaves_the_database_as_it_was(
    filled: Installation, tmp_path: Path
) -> None:
    file, before = tmp_path / "a.backup", content(filled.app.engine)
    back_up(filled.app.engine, file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(BackupUnusable):
        restore(filled.app.engine, file, keys_of(filled), replace=True)
    assert content(filled.app.engine) == before


def test_a_backup_of_a_newer_program_is_refused(filled: Installation, tmp_path: Path) -> None:
    engine, file = filled.app.engine, tmp_path / "a.backup"
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    back_up(engine, file)
    with pytest.raises(BackupUnusable, match="schema later is of a newer Paper Digest"):
        restore(engine, file, keys_of(filled), replace=True)


def test_a_backup_comes_back_with_other_keys_only_by_a_word(
    filled: Installation, tmp_path: Path
) -> None:
    engine, file, others = filled.app.engine, tmp_path / "a.backup", tmp_path / "others"
    back_up(engine, file)
    load_links(others)
    filled.add("later@example.org")
    with pytest.raises(KeysMissing, match=r"links\.json holds other keys: .*`--new-keys`"):
        restore(engine, file, others, replace=True)
    assert content(engine).startswith("2 subscribers")
    assert restore(engine, file, others, replace=True, new_keys=True) is Keys.OTHER
    assert ring_of(engine, others) == load_links(others)


def test_a_backup_of_before_fingerprints_takes_the_keys_that_are_there(
    filled: Installation, tmp_path: Path
) -> None:
    engine, file = filled.app.engine, tmp_path / "a.backup"
    with engine.begin() as connection:
        connection.execute(delete(link_keys))
    back_up(engine, file)
    assert restore(engine, file, keys_of(filled), replace=True) is Keys.UNKNOWN


def test_a_backup_that_fails_leaves_no_file(filled: Installation, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="could not be backed up"):
        back_up(filled.app.engine, tmp_path / "nowhere" / "a.backup")
    assert not list(tmp_path.glob("*.backup*"))


@pytest.mark.postgres
def test_without_pg_dump_it_says_what_is_missing(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Installation(tmp_path, postgres_url)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("pg_dump") is None
    with pytest.raises(BackupFailed, match="pg_dump is not installed"):
        back_up(place.app.engine, tmp_path / "a.backup")
    place.app.close()


def count(place: Installation, table: object) -> int:
    with place.app.engine.connect() as connection:
        query = select(func.count()).select_from(table)  # type: ignore[arg-type]
        return int(connection.execute(query).scalar_one())


def test_what_is_settled_and_old_goes_with_what_only_it_needed(filled: Installation) -> None:
    filled.deliver()
    filled.now = instant("2027-08-17 08:00")
    gone = prune(filled.app.engine, replace_days(0), filled.now)
    assert gone == Pruned(deliveries=1)
    assert (count(filled, deliveries), count(filled, selections)) == (0, 0)
    assert filled.app.subscribers.suppression("gone@example.org")


def replace_days(papers: int) -> Keeping:
    return KEEP.model_copy(update={"papers_days": papers})


def test_what_waits_is_held_or_is_young_stays(filled: Installation) -> None:
    later = instant("2027-08-17 08:00")
    old = replace(plan(1), occasion="held")
    filled.app.outbox.enqueue([old])
    (first, second) = filled.app.outbox.rows()
    filled.app.desk.hold(which(second.id))
    assert prune(filled.app.engine, KEEP, later).deliveries == 0
    filled.deliver()
    assert prune(filled.app.engine, KEEP, filled.now + timedelta(days=179)).deliveries == 0
    assert prune(filled.app.engine, KEEP, later).deliveries == 1
    assert [row.id for row in filled.app.outbox.rows()] == [second.id] != [first.id]


def which(number: int) -> Which:
    return Which(numbers=(number,))


def test_old_papers_go_except_those_that_somebody_gave_a_word_on(filled: Installation) -> None:
    (first, *_) = [paper.key for paper in filled.app.archive.papers()]
    filled.app.likes.give(1, first, liked=True, at=filled.now)
    later = filled.now + timedelta(days=299)
    assert prune(filled.app.engine, KEEP, later).papers == 0
    assert prune(filled.app.engine, KEEP, later + timedelta(days=2)).papers == 1
    assert [paper.key for paper in filled.app.archive.papers()] == [first]
    assert count(filled, archive.editions) == 1


def test_a_dry_run_says_the_same_and_deletes_nothing(filled: Installation) -> None:
    filled.deliver()
    later = instant("2027-08-17 08:00")
    said = prune(filled.app.engine, KEEP, later, dry_run=True)
    assert count(filled, deliveries) == 1
    assert prune(filled.app.engine, KEEP, later) == said == Pruned(deliveries=1, papers=2)


def test_days_and_runs_that_are_old_go(filled: Installation) -> None:
    run = filled.app.outcomes.begin("run", filled.now)
    filled.app.outcomes.end(run, filled.now, "sent 1")
    filled.plan("2026-08-18 08:00")
    later = filled.now + timedelta(days=402)
    gone = prune(filled.app.engine, KEEP, later)
    assert (gone.days, gone.runs) == (1, 1)
    assert prune(filled.app.engine, KEEP, later) == Pruned()
