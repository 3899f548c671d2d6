"""The mailbox that bounces come to: each mail once, whoever else reads it, whatever is in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from digest import returnpath
from digest.delivery import Effect, Judge, Maildir, Outbox, Settlement, read, read_mailbox
from digest.delivery.bounces import Kind
from digest.delivery.tables import deliveries
from digest.errors import MailboxUnreadable
from digest.model import DeliveryState
from digest.settings import Delivering
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring
from tests.outboxes import NOW, add_readers, plan
from tests.unit.test_bounces import report

RING = Keyring({1: b"k" * 32}, 1)
PATH = returnpath.encode("digest@digest.example", returnpath.token(RING, 1, "daily", "2026-08-20"))
TAKEN = Settlement(DeliveryState.ACCEPTED, None, 250, "2.0.0", "Ok")


@pytest.fixture
def store(engine: Engine) -> SubscriberStore:
    add_readers(engine, 1)
    return SubscriberStore(engine, RING)


@pytest.fixture
def judge(engine: Engine, store: SubscriberStore) -> Judge:
    """Of an installation that has sent the reader a digest."""
    outbox = Outbox(engine)
    outbox.enqueue([plan(key_id=1)])
    (row,) = outbox.claim("a", 1, NOW).deliveries
    outbox.settle([(row.id, row.token, TAKEN)], NOW)
    return Judge(engine, store, RING, Delivering())


def test_a_maildir_is_read_once_and_a_hostile_mail_stops_nothing(
    judge: Judge, store: SubscriberStore, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    genuine = report().replace(b"digest+abc@digest.example", PATH.encode())
    deep = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 3000
    for name, data in {"1": deep, "2": b"\xff\x00" * 1000, "3": genuine}.items():
        (tmp_path / "new" / name).write_bytes(data)
    effects = read_mailbox(Maildir(tmp_path), judge, NOW)
    assert effects == {Effect.NOTHING: 2, Effect.SUPPRESSED: 1}
    assert not read_mailbox(Maildir(tmp_path), judge, NOW)
    assert store.suppression("reader1@example.org")
    assert read(genuine).kind is Kind.BOUNCE


def test_what_is_no_mail_is_passed_over(
    judge: Judge, store: SubscriberStore, tmp_path: Path
) -> None:
    (tmp_path / "new" / "1").mkdir(parents=True)
    (tmp_path / "new" / "2").symlink_to(tmp_path / "gone")
    genuine = report().replace(b"digest+abc@digest.example", PATH.encode())
    (tmp_path / "new" / "3").write_bytes(genuine)
    assert read_mailbox(Maildir(tmp_path), judge, NOW) == {Effect.SUPPRESSED: 1}
    assert store.suppression("reader1@example.org")


def test_a_pipe_is_no_mail_and_nobody_waits_for_it(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    os.mkfifo(tmp_path / "new" / "1")
    assert not read_mailbox(Maildir(tmp_path), judge, NOW)


def test_a_name_that_leaves_no_room_for_flags_is_shortened(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    genuine = report().replace(b"digest+abc@digest.example", PATH.encode())
    (tmp_path / "new" / ("1" * 255)).write_bytes(b"From: a@b.example\r\n\r\n")
    (tmp_path / "new" / "2").write_bytes(genuine)
    assert read_mailbox(Maildir(tmp_path), judge, NOW).total() == 2
    assert not read_mailbox(Maildir(tmp_path), judge, NOW)
    assert all(path.name.endswith(":2,S") for path in (tmp_path / "cur").iterdir())


def test_a_mailbox_without_a_folder_for_what_was_read_is_said_and_not_acted_on(
    judge: Judge, store: SubscriberStore, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    genuine = report().replace(b"digest+abc@digest.example", PATH.encode())
    (tmp_path / "new" / "1").write_bytes(genuine)
    (tmp_path / "cur").touch()
    with pytest.raises(MailboxUnreadable, match="cur cannot be read: no folder"):
        Maildir(tmp_path).check()
    with pytest.raises(MailboxUnreadable, match="cur cannot be read: no folder"):
        read_mailbox(Maildir(tmp_path), judge, NOW)
    assert not store.suppression("reader1@example.org")


def test_a_mail_that_cannot_be_moved_is_passed_over_and_not_acted_on(
    judge: Judge, store: SubscriberStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    genuine = report().replace(b"digest+abc@digest.example", PATH.encode())
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(genuine)
    (tmp_path / "new" / "2").write_bytes(b"From: a@b.example\r\n\r\n")
    (tmp_path / "cur" / "1").mkdir(parents=True)  # in the way
    assert read_mailbox(Maildir(tmp_path), judge, NOW) == {Effect.NOTHING: 1}
    assert "new/1 cannot be moved and is passed over" in caplog.text
    assert not store.suppression("reader1@example.org")


def test_a_mail_that_a_killed_reader_had_taken_is_read_by_the_next(
    judge: Judge, tmp_path: Path
) -> None:
    genuine = report().replace(b"digest+abc@digest.example", PATH.encode())
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(genuine)
    next(Maildir(tmp_path).unread())
    assert read_mailbox(Maildir(tmp_path), judge, NOW) == {Effect.SUPPRESSED: 1}
    assert not read_mailbox(Maildir(tmp_path), judge, NOW)


def test_two_readers_of_a_maildir_do_not_disturb_each_other(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    genuine = report().replace(b"digest+abc@digest.example", PATH.encode())
    for name in ("1", "2"):
        (tmp_path / "new" / name).write_bytes(genuine)
    slow = Maildir(tmp_path).unread()
    _, mark = next(slow)
    assert read_mailbox(Maildir(tmp_path), judge, NOW).total() == 2
    mark()
    assert not list(slow)


def test_an_address_that_is_none_any_more_stops_no_other_mail(
    engine: Engine, judge: Judge, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        connection.execute(update(deliveries).values(recipient="no address at all"))
    (tmp_path / "new").mkdir()
    genuine = report().replace(b"digest+abc@digest.example", PATH.encode())
    (tmp_path / "new" / "1").write_bytes(genuine)
    assert read_mailbox(Maildir(tmp_path), judge, NOW) == {Effect.NOTHING: 1}
    assert not read_mailbox(Maildir(tmp_path), judge, NOW)
