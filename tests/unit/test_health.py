from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.publish.health import Health, Limits, judge

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WELL = Health(
    answered=NOW - 10 * MINUTE,
    undelivered=NOW - MINUTE,
    overdue=None,
    due=0,
    ticked=NOW - MINUTE / 4,
    behind={"hub": 600.0},
    states={"settled": 3},
    deliveries={"accepted": 7},
)


def test_an_installation_at_work_has_no_problem() -> None:
    assert judge(WELL, NOW) == []


def test_who_sends_by_cron_misses_no_schedule() -> None:
    assert judge(replace(WELL, ticked=None), NOW, Limits(tick=timedelta.max)) == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"answered": None}, "no edition could be pulled yet"),
        ({"answered": NOW - 181 * MINUTE}, "no source has answered well since 2026-08-20 04:59"),
        ({"undelivered": NOW - 16 * MINUTE}, "the outbox does not drain"),
        ({"overdue": NOW - 6 * MINUTE}, "the schedule is late: a reader is due since 07:54"),
        ({"ticked": NOW - 3 * MINUTE}, "the schedule does not run"),
        ({"ticked": None}, "the schedule does not run"),
    ],
)
def test_what_does_not_work_is_told(fault: dict[str, datetime | None], told: str) -> None:
    (problem,) = judge(replace(WELL, **fault), NOW)  # type: ignore[arg-type]  # instants all
    assert problem.startswith(told)
