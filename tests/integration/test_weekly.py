"""A weekly digest: the week's best that its reader has not had, and what they missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.model import Digest
from digest.publish.reasons import explain
from subscribers.model import Cadence, Consent, Subscriber, WhenNothing
from tests.installation import Installation, instant

MONDAY = date(2026, 8, 17)
FRIDAYS = ("2026-08-21 16:00", "2026-08-28 16:00")


pytestmark = pytest.mark.usefixtures("reader")


@pytest.fixture
def reader(place: Installation) -> Subscriber:
    return place.add(topic="number", cadence=Cadence.WEEKLY, weekday=4, hour=16, max_papers=2)


def planned(place: Installation) -> list[Digest]:
    found = (place.app.publisher.digest_of(row) for row in place.app.outbox.rows())
    return [digest for digest in found if digest is not None]


def keys(digest: Digest) -> tuple[set[str], set[str]]:
    """The papers shown in full, and those that are listed as missed."""
    return {e.paper.key for e in digest.entries}, {paper.key for paper in digest.missed}


def lists(place: Installation, *numbers: int) -> set[str]:
    """So many papers a day, one day after the other; returns their keys."""
    day = place.now.date()
    papers = [place.lists(day + timedelta(days=n), number) for n, number in enumerate(numbers)]
    return {paper.key for found in papers for paper in found}


def test_what_did_not_fit_is_listed_as_missed(place: Installation) -> None:
    every = lists(place, 1, 2, 3, 4)
    place.plan(FRIDAYS[0])
    shown, missed = keys(planned(place)[0])
    assert (len(shown), len(missed)) == (2, 2)
    assert shown | missed == every
    place.deliver()
    assert "What you missed" in place.mailer.messages[0].data.decode()


def test_a_week_of_pause_is_made_up_for_by_title(place: Installation, reader: Subscriber) -> None:
    place.app.subscribers.change(reader.id, Consent(action="pause", at=place.now, source="web"))
    passed = lists(place, 1, 2)
    place.plan(FRIDAYS[0])
    place.now = instant("2026-08-24 00:00")
    place.app.subscribers.change(reader.id, Consent(action="resume", at=place.now, source="web"))
    new = lists(place, 3)
    place.plan(FRIDAYS[1])
    assert keys(planned(place)[0]) == (new, passed)
    app = place.app
    why = explain(app.engine, app.archive, app.outbox, reader, date(2026, 8, 28), app.selector)
    assert {paper.key for paper in why.papers if paper.verdict == "missed"} == passed


def test_what_came_in_a_mail_before_is_never_missed(place: Installation) -> None:
    lists(place, 1, 2, 3)
    place.plan(FRIDAYS[0])
    place.now = instant("2026-08-24 00:00")
    new = lists(place, 4)
    place.plan(FRIDAYS[1])
    assert keys(planned(place)[1]) == (new, set())


def test_a_week_without_a_match_is_of_what_was_missed(
    place: Installation, reader: Subscriber
) -> None:
    first = lists(place, 1, 2, 3)
    only_three = replace(reader, topics=(replace(reader.topics[0], text='"number 3"'),))
    place.app.subscribers.edit(only_three, at=place.now)
    place.plan(FRIDAYS[0])
    place.now = instant("2026-08-24 00:00")
    back = replace(reader, topics=(replace(reader.topics[0], text='"number 1" OR "number 2"'),))
    place.app.subscribers.edit(back, at=place.now)
    lists(place, 9)
    place.plan(FRIDAYS[1])
    shown = [keys(digest) for digest in planned(place)]
    assert shown[0][0] | shown[1][0] == first
    assert not shown[1][1]


def test_who_is_new_has_missed_nothing_from_before(place: Installation) -> None:
    lists(place, 1, 2)
    place.plan(FRIDAYS[0])
    place.now = instant("2026-08-24 00:00")
    new = place.add("new@example.org", "number", cadence=Cadence.WEEKLY, weekday=4, hour=16)
    lists(place, 3)
    place.plan(FRIDAYS[1])
    theirs = [digest for digest in planned(place) if digest.subscriber.id == new.id]
    assert [len(found) for found in keys(theirs[0])] == [1, 0]


def test_a_daily_reader_hears_at_the_weeks_end_of_what_matched_and_did_not_fit(
    place: Installation,
) -> None:
    week = WhenNothing.WEEKLY
    theirs = place.add("d@example.org", "number", when_nothing=week, weekday=1, max_papers=1)
    place.lists(MONDAY, 1, 2, 3)
    place.plan("2026-08-18 08:00")
    daily, weekly = (d for d in planned(place) if d.subscriber.id == theirs.id)
    assert len(daily.entries) == len(weekly.entries) == len(weekly.missed) == 1
    assert len({*keys(daily)[0], *keys(weekly)[0], *keys(weekly)[1]}) == 3
