"""The audit log: who did what, when, to whom, and how it ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from digest.audit import AuditLog, Place
from subscribers.errors import UnknownSubscriber
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring
from tests.outboxes import NOW, add_readers


@pytest.fixture
def log(engine: Engine) -> AuditLog:
    add_readers(engine, 2)
    return AuditLog(engine)


def pause(log: AuditLog, email: str) -> None:
    with log.act(Place.COMMAND_LINE, "ada", "subscriber pause", NOW, email):
        pass


def test_an_act_says_who_what_when_and_on_whom(log: AuditLog) -> None:
    pause(log, "Reader1@example.org")
    (act,) = log.list()
    assert (act.who, act.place, act.action) == ("ada", "command line", "subscriber pause")
    assert (act.at, act.subject, act.outcome) == (NOW, "reader1@example.org", "done")


def test_an_act_that_fails_is_noted_with_the_reason(log: AuditLog) -> None:
    with (
        pytest.raises(UnknownSubscriber),
        log.act(Place.PAGE, "ada", "pause", NOW, "x@example.org"),
    ):
        raise UnknownSubscriber(email="x@example.org")
    assert log.list()[0].outcome == "failed: No subscriber has the address x…@example.org."


def test_an_act_that_was_killed_stands_there_without_an_end(log: AuditLog) -> None:
    with log.act(Place.COMMAND_LINE, "ada", "import", NOW):
        assert log.list()[0].outcome == ""


def test_an_erased_subscriber_is_in_the_log_no_more(log: AuditLog, engine: Engine) -> None:
    pause(log, "reader1@example.org")
    SubscriberStore(engine, Keyring.generate()).remove(1, NOW)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM acts")).all()
    assert "reader1" not in str(rows)
    assert log.list()[0].subject == "a subscriber"


def test_an_address_of_no_subscriber_is_kept_by_its_domain(log: AuditLog) -> None:
    pause(log, "stranger@example.net")
    assert log.list()[0].subject == "s…@example.net"


def test_the_log_of_one_subscriber(log: AuditLog) -> None:
    pause(log, "reader1@example.org")
    pause(log, "reader2@example.org")
    assert [act.subject for act in log.list(subscriber_id=2)] == ["reader2@example.org"]


def test_the_latest_comes_first_page_by_page(log: AuditLog) -> None:
    for minute in range(3):
        with log.act(Place.PAGE, "ada", f"act {minute}", NOW + timedelta(minutes=minute)):
            pass
    latest = log.list(limit=2)
    assert [act.action for act in latest] == ["act 2", "act 1"]
    assert [act.action for act in log.list(before=latest[-1].id)] == ["act 0"]
