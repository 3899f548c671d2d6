from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from digest.errors import SourceUnreachable
from digest.model import DayState
from digest.publish import readers
from subscribers.model import Cadence, Consent, SuppressionReason, WhenNothing
from tests.installation import Installation, instant

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 8, day) for day in range(17, 22))
DAY = timedelta(days=1)


def test_a_reader_gets_the_settled_edition_at_their_hour_and_once(place: Installation) -> None:
    place.add(hour=8, timezone="Europe/Berlin")
    place.lists(MONDAY, 1, 2)
    assert str(place.plan("2026-08-17 05:59")) == "nobody was due"
    assert place.plan("2026-08-17 06:00").deliveries == 1
    assert str(place.plan("2026-08-17 06:01")) == "nobody was due"
    assert place.deliver() == ["reader@example.org"]
    assert place.rows() == [("daily", "2026-08-17", "accepted")]


def test_what_a_welcome_was_chosen_from_is_not_sent_again(place: Installation) -> None:
    place.lists(MONDAY, 1, 2)
    reader = place.add(hour=8)
    assert place.app.publisher.welcome(reader, "their sign-up")
    assert place.plan("2026-08-17 08:00").deliveries == 0
    place.lists(TUESDAY, 3)
    assert place.plan("2026-08-18 08:00").deliveries == 1


def test_a_day_without_news_has_its_reason(place: Installation) -> None:
    reader = place.add(cadence=Cadence.DAILY)
    place.lists(FRIDAY, 1)
    place.plan("2026-08-21 08:00")
    place.now = instant("2026-08-23 07:00")
    place.source.lists(date(2026, 8, 22), [], DayState.EMPTY, reason="weekend: none listed",
                       fetched_at=place.now)  # fmt: skip
    place.lists(date(2026, 8, 22), state=DayState.EMPTY)
    place.plan("2026-08-22 08:00")
    assert place.days(reader)[date(2026, 8, 22)][0] == "nothing new"


def test_a_source_that_fails_is_told_with_its_error_and_since_when(place: Installation) -> None:
    reader = place.add()
    place.now = instant("2026-08-18 06:10")
    place.source.fails(MONDAY, SourceUnreachable(source="hub", url="http://hub", reason="refused"))
    place.asks(MONDAY)
    place.plan("2026-08-18 08:00")
    outcome, reason = place.days(reader)[TUESDAY]
    assert outcome == "nothing new"
    assert "failed since 2026-08-18 06:10 UTC" in reason
    assert "refused" in reason


def test_nothing_matched_is_told_with_how_many_there_were(place: Installation) -> None:
    place.add(topic="speleology")
    place.lists(MONDAY, 1, 2, 3)
    assert place.plan("2026-08-17 08:00").nothing == 1
    row = place.app.outbox.rows()[0]
    assert (row.state.value, row.text) == ("skipped", "nothing matched (0 of 3)")


def test_down_for_an_hour_sends_late_and_once(place: Installation) -> None:
    place.add()
    place.lists(MONDAY, 1)
    place.restart()
    assert place.plan("2026-08-17 09:30").deliveries == 1
    assert place.plan("2026-08-17 09:31").deliveries == 0


def test_down_for_three_days_sends_the_latest_only(place: Installation) -> None:
    reader = place.add()
    place.lists(MONDAY, 1)
    place.plan("2026-08-17 08:00")
    place.now = instant("2026-08-20 09:00")
    for number, day in enumerate((TUESDAY, WEDNESDAY, THURSDAY), 2):
        place.lists(day, number)
    place.plan()
    assert place.rows()[1:] == [("daily", "2026-08-20", "planned")]
    assert [day for day, (outcome, _) in place.days(reader).items() if outcome == "missed"] == [
        WEDNESDAY, TUESDAY,
    ]  # fmt: skip


def test_who_asked_for_it_gets_one_digest_of_the_missed_days(place: Installation) -> None:
    place.add(catch_up=True)
    place.lists(MONDAY, 1)
    place.plan("2026-08-17 08:00")
    place.deliver()
    place.now = instant("2026-08-20 09:00")
    for number, day in enumerate((TUESDAY, WEDNESDAY, THURSDAY), 2):
        place.lists(day, number)
    assert place.plan().deliveries == 1
    place.deliver()
    text = place.mailer.messages[-1].data.decode()
    assert all(f"the number {number}" in text for number in (2, 3, 4))
    assert "makes up for 2 days" in text.replace("=\r\n", "")


def test_a_reader_who_waits_gets_what_settles_before_their_latest_hour(
    place: Installation,
) -> None:
    place.now = instant("2026-08-18 00:30")
    place.add(hour=1, latest_hour=7)
    place.lists(MONDAY, 1, state=DayState.OPEN)
    assert place.plan("2026-08-18 01:00").waiting == 1
    place.now = instant("2026-08-18 02:30")
    place.lists(MONDAY, 1, state=DayState.OPEN)
    assert place.plan("2026-08-18 02:31").deliveries == 1


def test_a_reader_who_waits_in_vain_hears_at_the_latest_hour(place: Installation) -> None:
    place.now = instant("2026-08-18 00:30")
    reader = place.add(hour=1, latest_hour=7)
    place.lists(MONDAY, 1, state=DayState.OPEN)
    for hour in range(1, 7):
        place.plan(f"2026-08-18 0{hour}:00")
    assert place.days(reader) == {}
    place.plan("2026-08-18 07:00")
    assert place.days(reader)[TUESDAY] == (
        "nothing new", "the edition of 2026-08-17 is still filling",
    )  # fmt: skip


def test_a_clock_set_back_or_a_changed_zone_sends_no_second_digest(place: Installation) -> None:
    reader = place.add()
    place.lists(MONDAY, 1)
    place.plan("2026-08-17 08:00")
    moved = replace(reader.schedule, timezone="America/New_York")
    place.app.subscribers.edit(replace(reader, schedule=moved), at=place.now)
    assert place.plan("2026-08-17 12:00").deliveries == 0
    assert place.plan("2026-08-17 12:00").deliveries == 0
    assert [row[:2] for row in place.rows()] == [("daily", "2026-08-17")]


def test_paused_and_suppressed_readers_have_their_days_with_the_reason(
    place: Installation,
) -> None:
    paused, barred = place.add("paused@example.org"), place.add("barred@example.org")
    place.app.subscribers.change(paused.id, Consent(action="pause", at=place.now, source="web"))
    place.app.subscribers.suppress(barred.email, SuppressionReason.BOUNCE, place.now)
    place.lists(MONDAY, 1)
    assert place.plan("2026-08-17 08:00").deliveries == 0
    assert place.days(paused)[MONDAY][0] == "paused"
    assert place.days(barred)[MONDAY][0] == "suppressed"


def test_two_sources_of_one_date_that_settle_apart_lose_nothing(place: Installation) -> None:
    place.add(cadence=Cadence.DAILY)
    place.lists(MONDAY, 1)
    place.plan("2026-08-17 08:00")
    place.source.name = "lab"
    place.restart()
    place.lists(MONDAY, 2)
    place.plan("2026-08-18 08:00")
    assert [row[:2] for row in place.rows()] == [
        ("daily", "2026-08-17"), ("daily", "2026-08-17 lab"),
    ]  # fmt: skip


def test_a_date_that_was_sent_by_hand_is_not_sent_again(place: Installation) -> None:
    reader = place.add()
    place.lists(MONDAY, 1)
    place.app.publisher.prepare(MONDAY)
    place.plan("2026-08-17 08:00")
    assert [row[:2] for row in place.rows()] == [("daily", "2026-08-17")]
    assert "earlier digest" in place.days(reader)[MONDAY][1]


def test_send_takes_everybody_whose_day_it_is_and_new_readers_at_once(
    place: Installation,
) -> None:
    place.now = instant("2026-08-22 05:00")  # a Saturday
    place.add("new@example.org")
    place.lists(FRIDAY, 1)
    assert place.app.planner.everybody(place.now).deliveries == 1
    assert place.app.planner.everybody(place.now).deliveries == 0
    place.now = instant("2026-08-24 05:00")
    place.lists(date(2026, 8, 23), 2)
    assert place.app.planner.everybody(place.now).deliveries == 1
    assert place.plan("2026-08-24 08:00").deliveries == 0


def test_a_template_that_is_broken_stops_its_own_reader_alone(place: Installation) -> None:
    place.add("good@example.org")
    broken = place.add("broken@example.org", template="no-such-template")
    place.lists(MONDAY, 1)
    assert place.plan("2026-08-17 08:00").deliveries == 1
    outcome, reason = place.days(broken)[MONDAY]
    assert outcome == "failed"
    assert "no-such-template" in reason


def test_a_weekly_digest_holds_the_week_and_nothing_twice(place: Installation) -> None:
    place.add(cadence=Cadence.WEEKLY, weekday=4, hour=16)
    for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY), 1):
        place.lists(day, number)
    place.plan("2026-08-21 16:00")
    place.deliver()
    place.now = instant("2026-08-22 00:00")
    place.lists(FRIDAY, 9)  # the only edition of the days to come: a week of holidays
    place.plan("2026-08-28 16:00")
    place.deliver()
    first, second = (message.data.decode() for message in place.mailer.messages)
    assert [row[1] for row in place.rows()] == ["2026-W34", "2026-08-21 hub"]
    assert all(f"the number {number}" in first for number in (1, 2, 3))
    assert "the number 9" in second


def test_who_moves_the_day_of_the_week_gets_no_second_digest_of_it(place: Installation) -> None:
    reader = place.add(cadence=Cadence.WEEKLY, weekday=3)
    place.lists(MONDAY, 1)
    place.plan("2026-08-20 08:00")
    place.lists(THURSDAY, 2)
    moved = replace(reader.schedule, weekday=4)
    place.app.subscribers.edit(replace(reader, schedule=moved), at=place.now)
    place.plan("2026-08-21 08:00")
    assert [row[1] for row in place.rows()] == ["2026-W34"]
    place.lists(date(2026, 8, 24), 3)
    place.plan("2026-08-28 08:00")
    place.deliver()
    assert [row[1] for row in place.rows()] == ["2026-W34", "2026-W35"]
    assert "the number 2" in place.mailer.messages[-1].data.decode()


def test_who_wants_the_week_when_nothing_matched_gets_it_once(place: Installation) -> None:
    place.add(topic="number", when_nothing=WhenNothing.WEEKLY)
    place.lists(MONDAY, 1)
    place.plan("2026-08-17 08:00")
    assert [kind for kind, _, _ in place.rows()] == ["daily", "weekly"]
    place.deliver()
    texts = [message.data.decode() for message in place.mailer.messages]
    assert sum("the number 1" in text for text in texts) == 1


def test_a_clock_that_ran_ahead_and_was_set_back_keeps_nobody_waiting(
    place: Installation,
) -> None:
    place.add(cadence=Cadence.DAILY)
    place.lists(MONDAY, 1)
    place.plan("2026-08-17 08:00")
    place.plan("2026-09-17 08:00")  # the clock was wrong by a month
    place.now = instant("2026-08-18 07:00")
    assert readers.reschedule_all(place.app.engine, place.now) == 1
    place.lists(TUESDAY, 2)
    place.plan("2026-08-18 08:00")
    assert [row[1] for row in place.rows()] == ["2026-08-17", "2026-08-18"]


def test_a_clock_set_back_leaves_out_nobody_who_waits_for_an_edition(place: Installation) -> None:
    place.now = instant("2026-08-18 00:00")
    reader = place.add(latest_hour=12)
    place.plan("2026-08-18 09:00")  # they wait; the clock is an hour ahead
    place.now = instant("2026-08-18 08:01")
    readers.reschedule_all(place.app.engine, place.now)
    place.plan("2026-08-18 12:00")
    assert TUESDAY in place.days(reader)
