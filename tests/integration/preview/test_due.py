"""Without an edition chosen, the preview shows what a plain `send` would deliver now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from digest.model import DayState
from digest.preview import Choice, Preview, look
from digest.preview.deliveries import labels
from digest.preview.errors import UnknownDelivery
from digest.rendering.mime import part
from digest.selection import Why
from digest.testing import make_paper
from subscribers.model import Cadence, Topic
from tests.installation import Installation, instant

READER = "reader@example.org"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 8, day) for day in range(17, 22))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path, f"sqlite:///{tmp_path}/digest.sqlite3")
    yield made
    made.app.close()


def shown(place: Installation, **chosen: str) -> Preview:
    """What another process shows at the same moment."""
    app = place.open()
    try:
        return look(app, Choice(reader=READER, **chosen))
    finally:
        app.close()


def sent(place: Installation) -> bytes:
    """What a plain `send` delivers to the reader at this moment."""
    place.app.settle()
    place.app.planner.everybody(place.now)
    assert place.deliver() == [READER]
    return place.mailer.messages[-1].data


def data(seen: Preview) -> bytes:
    assert seen.message
    return seen.message.data


def test_a_daily_digest_is_byte_for_byte_the_one_that_is_sent(place: Installation) -> None:
    place.add()
    place.lists(MONDAY, 1, 2, 3)
    seen = shown(place)
    assert (seen.kind, seen.due) == ("daily", True)
    assert data(seen) == sent(place)


def test_the_days_missed_are_byte_for_byte_in_the_one_that_is_sent(place: Installation) -> None:
    place.add(catch_up=True)
    place.lists(MONDAY, 1)
    place.plan("2026-08-17 08:00")
    place.deliver()
    place.now = instant("2026-08-20 09:00")
    for number, day in enumerate((TUESDAY, WEDNESDAY, THURSDAY), 2):
        place.lists(day, number)
    seen = shown(place)
    assert seen.digest
    assert (len(seen.digest.entries), seen.digest.catch_up) == (3, 2)
    assert data(seen) == sent(place)


@pytest.mark.parametrize("template", ["", "weekly"])
def test_a_week_is_byte_for_byte_the_one_that_is_sent(place: Installation, template: str) -> None:
    reader = place.add()
    for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY), 1):
        place.lists(day, number)
        place.plan(f"{day} 08:00")
        place.deliver()
    weekly = replace(reader.schedule, cadence=Cadence.WEEKLY, weekday=3)
    place.app.subscribers.edit(replace(place.app.subscribers.get(READER), schedule=weekly))
    place.now = instant("2026-08-20 09:00")
    place.lists(THURSDAY, 4, 5)
    seen = shown(place, template=template)
    assert seen.digest
    assert seen.kind == "weekly"
    keys = {entry.paper.key for entry in seen.digest.entries}
    assert len(keys) == 2  # what came on the days before is in the ledger
    assert data(seen) == sent(place)


def test_a_week_whose_day_it_is_not_leaves_out_what_was_had(place: Installation) -> None:
    place.add(cadence=Cadence.DAILY)
    place.lists(MONDAY, 1)
    place.plan("2026-08-17 08:00")
    place.lists(TUESDAY, 2)
    place.now = instant("2026-08-18 04:00")
    digest = shown(place, template="weekly", edition=f"{TUESDAY}").digest
    assert digest
    assert [entry.paper.key for entry in digest.entries] == ["arxiv:2608.00002"]


def test_an_edition_that_a_run_would_close_first_is_in_what_is_shown(place: Installation) -> None:
    place.add()
    _fills(place, MONDAY, 1, 2)
    place.now = instant("2026-08-19 09:00")
    _fills(place, MONDAY, 1, 2)
    seen = shown(place)
    assert seen.due
    standing = place.app.archive.standing("hub", MONDAY)
    assert standing
    assert standing.settled_at is None  # looking closes nothing
    assert data(seen) == sent(place)


def test_an_imported_edition_is_shown_before_any_run_has_numbered_it(place: Installation) -> None:
    place.add()
    place.source.lists(MONDAY, [make_paper(1)], DayState.CLOSED, fetched_at=place.now)
    day = asyncio.run(place.source.fetch(MONDAY))
    place.app.archive.store([day])
    assert place.app.archive.settled(MONDAY) == []
    seen = shown(place)
    assert seen.due
    assert data(seen) == sent(place)


def test_a_page_that_stays_open_sees_the_votes_of_now(place: Installation) -> None:
    place.add()
    place.lists(MONDAY, 1)
    app = place.open()
    look(app, Choice(reader=READER))
    place.source.lists(MONDAY, [replace(make_paper(1), upvotes=77)], fetched_at=place.now)
    place.asks(MONDAY)
    seen = look(app, Choice(reader=READER))
    app.close()
    assert data(seen) == sent(place)
    assert b"77" in data(seen)


def test_what_rests_at_the_moment_is_neither_named_nor_told(place: Installation) -> None:
    reader = place.add(topic='"number 1"')
    topics = (*reader.topics, Topic(text='"number 2"', paused=True))
    place.app.subscribers.edit(replace(reader, topics=topics))
    place.lists(MONDAY, 1, 2)
    seen = shown(place)
    assert [verdict.why for verdict in seen.verdicts] == [Why.CHOSEN, Why.RESTING]
    assert data(seen) == sent(place)
    assert "and number 2" not in part(place.mailer.messages[-1], "plain")


def _fills(place: Installation, day: date, *numbers: int) -> None:
    """The source lists these papers and says that there may be more; nothing is closed."""
    papers = [make_paper(number) for number in numbers]
    place.source.lists(day, papers, DayState.OPEN, fetched_at=place.now)
    asyncio.run(place.app.pull_days([("hub", day)]))


def test_looking_plans_nothing(place: Installation) -> None:
    place.add()
    place.lists(MONDAY, 1)
    shown(place)
    assert place.rows() == []
    assert len(sent(place)) > 1000


def test_a_stored_delivery_is_shown_as_it_was_sent_whatever_has_changed(
    place: Installation,
) -> None:
    reader = place.add()
    place.lists(MONDAY, 1, 2)
    was = sent(place)
    place.app.subscribers.edit(replace(reader, topics=(Topic(text="speech"),)))
    place.now = instant("2026-08-25 09:00")
    ((value, label),) = labels(place.app, reader)
    seen = shown(place, edition=value)
    assert data(seen) == was
    assert "daily, accepted" in label
    assert seen.delivery


def test_a_stored_notice_is_shown_with_its_facts(place: Installation) -> None:
    reader = place.add()
    place.app.publisher.notify("goodbye", reader, "1", {"note": "Until we meet again."})
    (row,) = place.app.outbox.rows()
    seen = shown(place, edition=f"delivery:{row.id}")
    assert data(seen) == place.app.publisher.render(row).data


@pytest.mark.parametrize("edition", ["delivery:7", "delivery:x", "delivery:", "delivery:-1"])
def test_a_delivery_that_never_was_is_named(place: Installation, edition: str) -> None:
    with pytest.raises(UnknownDelivery, match="The outbox has no delivery"):
        shown(place, edition=edition)
