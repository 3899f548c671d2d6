"""`digest database`: upgrade, backup, restore, prune, by the real command on SQLite."""

from __future__ import annotations

import pytest

from tests.acceptance.command import Digest

FILE = "a.backup"


@pytest.fixture
def ready(digest: Digest) -> Digest:
    digest.set_up()
    digest("subscriber", "add", "reader@example.org", "--topic", "agent")
    return digest


def test_a_backup_comes_back_and_both_are_in_the_audit_log(ready: Digest) -> None:
    saved = ready("database", "backup", FILE, "--format", "json")
    assert saved.json["octets"] == (ready.folder / FILE).stat().st_size
    assert "Keep the keys with it" in saved.err
    ready("subscriber", "add", "later@example.org", "--topic", "agent")
    assert "is not empty: it has 2 subscribers" in ready("database", "restore", FILE, code=2).err
    back = ready("database", "restore", FILE, "--replace", "--format", "json")
    assert back.json["subscribers"] == {"confirmed": 1}
    acts = ready("audit", "--format", "json").json
    assert [act["action"] for act in acts][:2] == ["database restore", "database backup"]


def test_a_backup_without_its_keys_comes_back_only_by_a_word(ready: Digest) -> None:
    ready("database", "backup", FILE)
    for file in (*ready.folder.glob("digest.sqlite3*"), ready.folder / "keys" / "links.json"):
        file.unlink()
    refused = ready("database", "restore", FILE, code=2).err
    assert "Nothing is restored" in refused
    assert "`--new-keys` if they are lost" in " ".join(refused.split())
    assert not list(ready.folder.glob("keys/*"))
    assert (
        "links in mails that were sent are dead"
        in ready("database", "restore", FILE, "--new-keys").err
    )
    assert ready("subscriber", "list", "--format", "json").json


def test_a_backup_is_not_written_over(ready: Digest) -> None:
    ready("database", "backup", FILE)
    assert "is there already" in ready("database", "backup", FILE, code=2).err
    ready("database", "backup", FILE, "--force")


def test_prune_says_what_goes(ready: Digest) -> None:
    assert "Would go: nothing." in ready("database", "prune", "--dry-run").out
    gone = ready("database", "prune", "--format", "json").json
    assert gone == {
        "dry_run": False, "deliveries": 0, "copies": 0, "days": 0, "runs": 0, "papers": 0,
    }  # fmt: skip


def test_an_older_schema_stops_every_command_until_it_is_upgraded(ready: Digest) -> None:
    downgrade(ready)
    refused = ready("status", code=1).err
    assert "run `digest database upgrade`" in " ".join(refused.split())
    assert ready("database", "upgrade", "--format", "json").json["before"] == "0013"
    assert "is up to date" in ready("database", "upgrade").out
    ready("status")


def downgrade(ready: Digest) -> None:
    """As an installation of an older version left it."""
    from alembic import command

    from digest.database import _alembic, open_database

    engine, config = open_database(f"sqlite:///{ready.folder}/digest.sqlite3"), _alembic()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0013")
        connection.commit()
    engine.dispose()


def test_a_file_that_is_no_backup_is_named(ready: Digest) -> None:
    (ready.folder / FILE).write_text("papers", encoding="utf-8")
    said = ready("database", "restore", FILE, "--replace", code=1).err
    assert "cannot be restored" in said
    assert ready("subscriber", "list", "--format", "json").json
