"""What `digest status EMAIL` says of past days stays what it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.publish.account import deliveries_of, editions_sent, reader_lines
from digest.publish.reasons import explain
from subscribers.model import Cadence, Consent, Subscriber
from tests.installation import Installation, instant

SUNDAY = date(2026, 8, 16)
MONDAY, TUESDAY, WEDNESDAY = (SUNDAY + timedelta(days=n) for n in (1, 2, 3))


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    made = Installation(tmp_path, database_url, now=instant("2026-08-14 00:00"))
    yield made
    made.app.close()


def told(place: Installation, reader: Subscriber, first: date, last: date) -> list[str]:
    """Outcomes of a span, the earliest first."""
    reader = place.app.subscribers.by_id(reader.id)
    lines = reader_lines(place.app.engine, reader, first, last)
    return [line.outcome for line in reversed(lines)]


def edit(place: Installation, reader: Subscriber, at: str, **chosen: object) -> None:
    place.now = instant(at)
    changed = replace(reader.schedule, **chosen)  # type: ignore[arg-type]  # fields of a schedule
    place.app.subscribers.edit(replace(reader, schedule=changed), at=place.now)


def test_a_digest_stays_on_the_day_on_which_its_reader_had_it(place: Installation) -> None:
    reader = place.add(hour=1, timezone="Pacific/Auckland")  # 13:00 UTC on the day before
    place.lists(SUNDAY, 1)
    place.plan("2026-08-16 13:00")
    place.deliver()
    edit(place, reader, "2026-08-17 12:00", timezone="America/Los_Angeles")
    assert told(place, reader, MONDAY, MONDAY) == ["sent"]
    app, moved = place.app, place.app.subscribers.by_id(reader.id)
    why = explain(app.engine, app.archive, app.outbox, moved, MONDAY, app.selector)
    assert [paper.verdict for paper in why.papers] == ["chosen"]


def test_a_weekend_stays_one_for_who_reads_daily_now(place: Installation) -> None:
    reader = place.add(cadence=Cadence.WEEKDAYS)
    edit(place, reader, "2026-08-17 12:00", cadence=Cadence.DAILY)
    assert told(place, reader, SUNDAY, SUNDAY) == ["weekend"]


def test_the_day_of_a_change_on_which_no_hour_came_says_so(place: Installation) -> None:
    reader = place.add(hour=20)
    edit(place, reader, "2026-08-18 12:00", hour=8)
    assert told(place, reader, TUESDAY, WEDNESDAY) == ["changed", "not due yet"]


def test_who_left_keeps_the_days_before(place: Installation) -> None:
    reader = place.add(cadence=Cadence.WEEKDAYS)
    left = Consent(action="unsubscribe", at=instant("2026-08-18 12:00"), source="one-click")
    place.app.subscribers.change(reader.id, left)
    assert told(place, reader, SUNDAY, SUNDAY) == ["weekend"]
    assert told(place, reader, TUESDAY, WEDNESDAY) == ["unsubscribed", "unsubscribed"]


def test_who_came_after_their_hour_is_no_reader_of_that_day(place: Installation) -> None:
    place.now = instant("2026-08-17 12:00")
    reader = place.add(hour=8)
    found = reader_lines(place.app.engine, reader, SUNDAY, MONDAY)
    assert [(line.outcome, line.reason) for line in found] == [
        ("not yet a reader", "they confirmed after their hour"),
        ("not yet a reader", "they confirmed on 2026-08-17"),
    ]


def test_a_day_is_told_by_outcome_and_reason(place: Installation) -> None:
    reader = place.add(topic="zinc")
    place.add("other@example.org")
    place.lists(MONDAY, 1)
    place.plan("2026-08-17 08:00")
    place.deliver()
    assert deliveries_of(place.app.engine, MONDAY) == {
        ("daily", "nothing matched", ""): 1,
        ("daily", "sent", ""): 1,
    }
    (line,) = reader_lines(place.app.engine, reader, MONDAY, MONDAY)
    assert (line.outcome, line.reason) == ("nothing matched", "nothing matched (0 of 1)")


def test_an_edition_that_was_sent_on_another_day_is_told_on_its_own_date(
    place: Installation,
) -> None:
    place.lists(SUNDAY, 1)
    place.now = instant("2026-09-01 12:00")
    reader = place.add(hour=8)
    app = place.app
    app.publisher.prepare(SUNDAY)
    place.deliver()
    (line,) = reader_lines(app.engine, reader, SUNDAY, SUNDAY)
    assert line.reason.endswith("; the edition of 2026-08-16: sent on 2026-09-01")
    assert editions_sent(app.engine, SUNDAY) == {(date(2026, 9, 1), "sent"): 1}
    why = explain(app.engine, app.archive, app.outbox, reader, SUNDAY, app.selector)
    assert [paper.verdict for paper in why.papers] == ["chosen"]


def test_a_welcome_is_told_on_the_day_on_which_it_came(place: Installation) -> None:
    place.lists(SUNDAY, 1)
    place.now = instant("2026-08-17 12:00")
    reader, app = place.add(hour=8), place.app
    app.publisher.welcome(reader, "a-request")
    place.deliver()
    why = explain(app.engine, app.archive, app.outbox, reader, MONDAY, app.selector)
    assert [(line.digest, line.outcome) for line in why.lines] == [("welcome", "sent")]
    assert (why.edition, [paper.verdict for paper in why.papers]) == ("2026-08-16", ["chosen"])
    assert ("welcome", "sent", "") in deliveries_of(app.engine, MONDAY)
