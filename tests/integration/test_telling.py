from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.delivery import Which
from digest.errors import SourceUnreachable
from digest.model import DeliveryState, Outcome
from digest.schedule.teller import Teller
from digest.settings import Run, Sender
from digest.testing import RecordingMailer
from tests.installation import Installation, instant

MONDAY = date(2026, 8, 17)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path, f"sqlite:///{tmp_path / 'digest.sqlite3'}")
    made.source.fails(MONDAY, SourceUnreachable(source="hub", url="http://hub", reason="refused"))
    yield made
    made.app.close()


def tell(place: Installation, at: str, who: str = "operator") -> None:
    place.now = instant(at)
    sender = Sender(
        address="digest@example.org",
        operator="operator@example.org",
        public_url="https://digest.example.org",
    )
    changes = {"sender": sender, "run": Run.model_validate({"tell": who, "tell_after_hours": 6})}
    place.app.settings = place.app.settings.model_copy(update=changes)
    asyncio.run(Teller(place.app).tell())
    place.deliver()


def recipients(place: Installation) -> list[str]:
    return [message.recipient for message in place.mailer.messages]


def test_the_operator_hears_of_an_outage_that_lasts_once_a_day(place: Installation) -> None:
    place.now = instant("2026-08-17 06:00")
    place.asks(MONDAY)
    tell(place, "2026-08-17 11:59")
    assert recipients(place) == []
    tell(place, "2026-08-17 12:00")
    tell(place, "2026-08-18 11:00")
    assert recipients(place) == ["operator@example.org"]
    text = place.mailer.messages[0].data.decode()
    assert "source failed since 2026-08-17 06:00 UTC" in text.replace("=\r\n", "")
    tell(place, "2026-08-18 12:01")
    assert len(recipients(place)) == 2


def test_readers_who_had_no_digest_hear_a_line_with_a_way_out(place: Installation) -> None:
    place.add(hour=12)
    place.now = instant("2026-08-17 06:00")
    place.asks(MONDAY)
    place.plan("2026-08-17 12:00")
    tell(place, "2026-08-17 12:30", "readers")
    tell(place, "2026-08-17 13:30", "readers")
    assert recipients(place) == ["operator@example.org", "reader@example.org"]
    text = place.mailer.messages[1].data.decode()
    assert "List-Unsubscribe:" in text
    assert "No digest today" in text


def test_nobody_is_told_who_does_not_want_to_hear(place: Installation) -> None:
    place.asks(MONDAY)
    place.now += timedelta(hours=12)
    tell(place, "2026-08-17 12:30", "nobody")
    assert recipients(place) == []


def test_the_operator_hears_of_digests_that_failed(place: Installation) -> None:
    place.add(template="no-such-template")
    place.lists(date(2026, 8, 14), 1)
    place.plan("2026-08-17 08:00")
    tell(place, "2026-08-17 08:01")
    tell(place, "2026-08-17 08:02")
    (mail,) = place.mailer.messages
    text = mail.data.decode().replace("=\r\n", "")
    assert "digests failed" in text
    assert "no-such-template" in text


def fail(place: Installation) -> None:
    """A digest is planned, and the server refuses it for good."""
    place.add()
    place.lists(date(2026, 8, 14), 1)
    place.plan("2026-08-17 08:00")
    refused = Outcome(state=DeliveryState.FAILED, code=554, text="not from here")
    place.mailer = RecordingMailer(lambda _message: refused)
    place.restart()
    place.deliver()
    place.mailer = RecordingMailer()


def test_what_was_given_up_unsent_is_told_once_even_after_a_restart(place: Installation) -> None:
    fail(place)
    place.restart()
    tell(place, "2026-08-17 08:01")
    place.restart()
    tell(place, "2026-08-17 08:02")
    tell(place, "2026-08-18 08:02")
    (mail,) = place.mailer.messages
    assert "could not be sent: 1" in mail.data.decode()


def test_what_the_operator_cancelled_is_told_to_nobody(place: Installation) -> None:
    fail(place)
    assert place.app.desk.retry(Which(), place.now, timedelta(hours=1)) == 1
    assert place.app.desk.cancel(Which(), place.now) == 1
    tell(place, "2026-08-17 08:01")
    assert recipients(place) == []
