"""Mailers that write to a folder: whole messages or none, each once, under any address."""

from __future__ import annotations

import asyncio
import mailbox
import os
from pathlib import Path

import pytest
from sqlalchemy import Engine

from digest.delivery import FilesMailer, MaildirMailer, Outbox, Sender, make_mailer
from digest.errors import ConfigError, FolderUnusable
from digest.model import DeliveryState
from digest.settings import Delivering, Mailer, Settings
from tests.outboxes import NOW, add_readers, message, plans, render

pytestmark = pytest.mark.anyio


def names(folder: Path, pattern: str = "*") -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


async def test_a_message_is_a_file_of_its_octets(tmp_path: Path) -> None:
    outcome = await FilesMailer(tmp_path / "out").send(message("reader@example.org", name="abc"))
    assert outcome.state is DeliveryState.ACCEPTED
    (file,) = (tmp_path / "out").iterdir()
    assert file.name == "reader@example.org-abc.eml"
    assert file.read_bytes() == message("reader@example.org", name="abc").data


async def test_the_same_message_again_is_the_same_file(tmp_path: Path) -> None:
    mailer = FilesMailer(tmp_path)
    for _ in range(3):
        await mailer.send(message(name="abc"))
    await mailer.send(message(name="other"))
    assert len(names(tmp_path)) == 2


@pytest.mark.parametrize(
    "address", ["../../etc/passwd@example.org", "a/b\\c@example.org", "läser@example.org", "..@x"]
)
async def test_no_address_leads_out_of_the_folder(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "out"
    await FilesMailer(folder).send(message(address))
    (file,) = folder.iterdir()
    assert file.resolve().parent == folder.resolve()
    assert names(tmp_path) == ["out"]


async def test_long_addresses_keep_their_messages_apart(tmp_path: Path) -> None:
    long = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"
    for name in ("1", "2"):
        await FilesMailer(tmp_path).send(message(long, name=name * 32))
    assert len(names(tmp_path)) == 2


async def test_a_maildir_is_one_that_others_read(tmp_path: Path) -> None:
    mailer = MaildirMailer(tmp_path / "box")
    await asyncio.gather(*(mailer.send(message(name=str(number))) for number in range(50)))
    box = mailbox.Maildir(tmp_path / "box")
    assert {mail["Message-ID"] for mail in box} == {
        f"<{number}@digest.example>" for number in range(50)
    }
    assert not list((tmp_path / "box" / "tmp").iterdir())
    box.close()


@pytest.mark.parametrize("kind", [FilesMailer, MaildirMailer])
async def test_others_read_neither_messages_nor_their_names(
    tmp_path: Path, kind: type[FilesMailer | MaildirMailer]
) -> None:
    await kind(tmp_path / "new" / "out").send(message())
    made = [tmp_path / "new" / "out", *(tmp_path / "new" / "out").rglob("*")]
    assert any(path.is_file() for path in made)
    assert [path for path in made if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("kind", [FilesMailer, MaildirMailer])
async def test_a_crash_while_writing_leaves_no_message(
    tmp_path: Path, kind: type[FilesMailer | MaildirMailer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FolderUnusable, match=r"cannot be written to .*No space left"):
        await kind(tmp_path).send(message())
    assert not names(tmp_path, "*.eml")
    assert not names(tmp_path, "new/*")


@pytest.mark.parametrize("kind", [FilesMailer, MaildirMailer])
async def test_a_folder_that_cannot_be_written_to_keeps_everything_in_the_outbox(
    tmp_path: Path, sqlite_engine: Engine, kind: type[FilesMailer | MaildirMailer]
) -> None:
    (tmp_path / "file").write_text("no folder")
    add_readers(sqlite_engine, 20)
    outbox = Outbox(sqlite_engine)
    outbox.enqueue(plans(20))
    broken = kind(tmp_path / "file" / "out")
    report = await Sender(outbox, broken, render, Delivering(), lambda: NOW).run()
    assert (report.accepted, report.waiting) == (0, 20)
    assert "Not a directory" in report.reason
    whole = kind(tmp_path / "out")
    assert (await Sender(outbox, whole, render, Delivering(), lambda: NOW).run()).accepted == 20
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) == 20


@pytest.mark.parametrize(("kind", "made"), [("files", FilesMailer), ("maildir", MaildirMailer)])
def test_the_settings_name_the_mailer(tmp_path: Path, kind: str, made: type) -> None:
    section = Mailer.model_validate({"kind": kind, "directory": tmp_path})
    assert isinstance(make_mailer(Settings(mailer=section)), made)
    with pytest.raises(ConfigError, match=r"mailer\.directory: is missing"):
        make_mailer(Settings(mailer=Mailer.model_validate({"kind": kind})))
