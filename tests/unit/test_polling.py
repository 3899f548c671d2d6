from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from digest.calendars import Calendar
from digest.editions import Standing
from digest.model import EditionState
from digest.schedule.polling import Polling

HUB = Calendar(source="hub", weekends=False)
THURSDAY = date(2026, 8, 20)
NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SETTLED = Standing(
    state=EditionState.SETTLED, papers=9, opened_at=NOON - timedelta(days=9), settled_at=NOON
)
PAST = {
    ("hub", THURSDAY - timedelta(days=back)): SETTLED for back in range(1, 6)
}  # the Wednesday is asked for once more, for its late papers


def wanted(polling: Polling, at: datetime) -> list[date]:
    return [day for _, day in polling.wanted(PAST, at)]


def asked(*times: tuple[datetime, bool]) -> Polling:
    polling = Polling([HUB])
    for day in PAST:
        polling.answered(*day, NOON, failed=False)
    for at, failed in times:
        polling.answered("hub", THURSDAY, at, failed=failed)
    return polling


def test_an_open_day_is_asked_for_at_once_and_then_every_half_hour() -> None:
    assert wanted(asked(), NOON) == [THURSDAY]
    once = asked((NOON, False))
    assert wanted(once, NOON + 29 * MINUTE) == []
    assert wanted(once, NOON + 30 * MINUTE) == [THURSDAY]


def test_near_its_end_it_is_asked_for_every_ten_minutes() -> None:
    late = NOON + timedelta(hours=11)
    assert THURSDAY in wanted(asked((late, False)), late + 10 * MINUTE)
    assert THURSDAY not in wanted(asked((late, False)), late + 9 * MINUTE)


def test_a_source_that_fails_is_asked_soon_and_then_less_often() -> None:
    once = asked((NOON, True))
    assert wanted(once, NOON + 5 * MINUTE) == [THURSDAY]
    thrice = asked(*[(NOON, True)] * 3)
    assert wanted(thrice, NOON + 19 * MINUTE) == []
    assert wanted(thrice, NOON + 20 * MINUTE) == [THURSDAY]


def test_a_clock_that_was_set_back_does_not_stop_the_pulls() -> None:
    ahead = asked((NOON + timedelta(days=2), False))
    assert wanted(ahead, NOON) == [THURSDAY]


def test_yesterday_is_asked_for_again_for_what_comes_late_and_then_no_more() -> None:
    polling = asked((NOON + timedelta(hours=6), False))
    assert wanted(polling, NOON + timedelta(hours=6)) == [THURSDAY - timedelta(days=1)]
