"""`digest why`: a reader's day paper by paper, as it was sent and as the topics were then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from digest.publish.reasons import Explanation, explain
from subscribers.model import Cadence, Subscriber, Topic, WhenNothing
from tests.installation import Installation, instant

THURSDAY, FRIDAY = date(2026, 8, 20), date(2026, 8, 21)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path, f"sqlite:///{tmp_path / 'digest.sqlite3'}")


def why(installation: Installation, reader: Subscriber, day: date = THURSDAY) -> Explanation:
    app = installation.app
    now = app.subscribers.by_id(reader.id)
    return explain(app.engine, app.archive, app.outbox, now, day, app.selector)


def verdicts(found: Explanation) -> list[tuple[str, str]]:
    return [(line.verdict, line.because) for line in found.papers]


def test_a_planned_digest_is_explained_as_it_was_sent(installation: Installation) -> None:
    reader = installation.add(topic='"number 1"', cadence="daily")
    installation.lists(THURSDAY, 1, 2)
    installation.plan("2026-08-20 08:00")
    found = why(installation, reader)
    assert found.edition == "2026-08-20"
    assert verdicts(found) == [
        ("chosen", "“number 1” in the title"),
        ("no match", "no topic matches"),
    ]


def test_topics_that_were_changed_later_do_not_change_what_was_sent(
    installation: Installation,
) -> None:
    reader = installation.add(topic='"number 1"', cadence="daily")
    installation.lists(THURSDAY, 1, 2)
    installation.plan("2026-08-20 08:00")
    changed = replace(reader, topics=(Topic(text='"number 2"'),))
    installation.app.subscribers.edit(changed, installation.now)
    assert verdicts(why(installation, reader))[0] == ("chosen", "“number 1” in the title")


def test_what_did_not_fit_and_what_was_forbidden_are_told(installation: Installation) -> None:
    reader = installation.add(topic="paper", cadence="daily", max_papers=1)
    topics = (*reader.topics, Topic(text='"number 3"', excluded=True))
    installation.app.subscribers.edit(replace(reader, topics=topics), installation.now)
    installation.lists(THURSDAY, 1, 2, 3)
    installation.plan("2026-08-20 08:00")
    assert verdicts(why(installation, reader)) == [
        ("chosen", "“paper” in the title"),
        ("full", "matches “paper”, but a better one fills the digest"),
        ("vetoed", 'forbidden by “"number 3"”'),
    ]


@pytest.mark.parametrize("rest", [{"paused": True}, {"muted_until": date(2026, 9, 1)}])
def test_a_topic_that_rests_is_named(installation: Installation, rest: dict[str, Any]) -> None:
    reader = installation.add(topic='"number 1"', cadence="daily")
    resting = replace(reader, topics=(replace(reader.topics[0], **rest),))
    installation.app.subscribers.edit(resting, installation.now)
    installation.lists(THURSDAY, 1, 2)
    assert verdicts(why(installation, reader)) == [
        ("resting", 'matches “"number 1"”, which rests'),
        ("no match", "no topic matches"),
    ]


def test_a_paper_that_a_topic_itself_forbids_is_told(installation: Installation) -> None:
    reader = installation.add(topic='paper -"number 2" -"number 3"', cadence="daily")
    installation.lists(THURSDAY, 1, 2)
    installation.plan("2026-08-20 08:00")
    assert [verdict for verdict, _ in verdicts(why(installation, reader))] == ["chosen", "vetoed"]


def test_wishes_that_changed_later_do_not_change_what_was_left_out(
    installation: Installation,
) -> None:
    reader = installation.add(topic="paper", cadence="daily", max_papers=1)
    topics = (*reader.topics, Topic(text='"number 3"', excluded=True, paused=True))
    installation.app.subscribers.edit(replace(reader, topics=topics), installation.now)
    installation.lists(THURSDAY, 1, 2, 3)
    installation.plan("2026-08-20 08:00")
    changed = replace(reader, max_papers=20, near=True, topics=(Topic(text="zebra"),))
    installation.app.subscribers.edit(changed, installation.now)
    full = ("full", "matches “paper”, but a better one fills the digest")
    assert verdicts(why(installation, reader))[1:] == [full, full]


def test_a_week_says_what_an_earlier_digest_had_brought(installation: Installation) -> None:
    reader = installation.add(topic="paper", cadence="daily")
    installation.lists(THURSDAY, 1)
    installation.plan("2026-08-20 08:00")
    installation.deliver()
    weekly = replace(reader.schedule, cadence=Cadence.WEEKLY, weekday=4)
    installation.app.subscribers.edit(replace(reader, schedule=weekly), installation.now)
    installation.now = instant("2026-08-21 07:00")
    installation.lists(FRIDAY, 2)
    installation.plan("2026-08-21 08:00")
    installation.deliver()
    installation.lists(date(2026, 8, 24), 3)  # what comes later changes nothing
    found = {line.title: line.verdict for line in why(installation, reader, FRIDAY).papers}
    assert found == {"A paper with the number 2": "chosen", "A paper with the number 1": "had"}


def test_where_no_topic_is_asked_for_votes_decide(installation: Installation) -> None:
    reader = installation.add(topic="", cadence="daily", max_papers=1)
    installation.lists(THURSDAY, 1, 2)
    installation.plan("2026-08-20 08:00")
    assert verdicts(why(installation, reader))[1] == ("no match", "others have more votes")


def test_where_no_digest_was_planned_it_is_what_the_edition_would_have_given(
    installation: Installation,
) -> None:
    reader = installation.add(topic='"number 2"', cadence="daily", hour=23)
    installation.lists(THURSDAY, 1, 2)
    found = why(installation, reader)
    assert [line.verdict for line in found.papers] == ["no match", "chosen"]
    assert [line.outcome for line in found.lines] == ["not due yet"]


def test_a_day_without_an_edition_has_its_line_alone(installation: Installation) -> None:
    reader = installation.add(cadence="daily")
    found = why(installation, reader, FRIDAY)
    assert (found.papers, found.edition) == ((), "")
    assert len(found.lines) == 1


@pytest.mark.parametrize(
    ("wish", "outcome"),
    [
        (WhenNothing.SILENCE, "nothing matched"),
        (WhenNothing.NEAR, "nothing matched"),  # nothing was close either
        (WhenNothing.TOP, "planned"),
    ],
)
def test_a_day_on_which_nothing_matched_is_told_by_the_readers_wish(
    wish: WhenNothing, outcome: str, installation: Installation
) -> None:
    reader = installation.add(topic="zebra", cadence="daily", when_nothing=wish)
    installation.lists(THURSDAY, 1, 2)
    installation.plan("2026-08-20 08:00")
    (line,) = why(installation, reader).lines
    assert line.outcome == outcome
    if outcome == "nothing matched":
        assert line.reason.startswith("nothing matched (0 of 2")
