from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.occasions import Settled
from digest.outcomes import DayOutcome
from digest.publish.deciding import Decision, Due, Tick, decide, taken_now
from subscribers.due import next_due
from subscribers.model import Cadence, Schedule, Subscriber, SubscriptionStatus

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
EDITIONS = tuple(Settled(n, "hub", date(2026, 8, 10) + timedelta(days=n)) for n in range(1, 10))
READER = Subscriber(
    email="reader@example.org", id=1, status=SubscriptionStatus.CONFIRMED,
    schedule=Schedule(cadence=Cadence.DAILY),
)  # fmt: skip


def decided(
    due_at: datetime = NOW, had: int = 8, now: datetime = NOW, **chosen: object
) -> Decision:
    schedule = replace(READER.schedule, **chosen)  # type: ignore[arg-type]  # its own fields
    due = Due(reader=replace(READER, schedule=schedule), due_at=due_at, had=had)
    return decide(due, Tick(now=now, settled=EDITIONS, awaited=(NOW + timedelta(hours=1),)))


def test_a_reader_gets_what_is_new_and_is_due_again_tomorrow() -> None:
    decision = decided()
    ((kind, holding),) = decision.holdings
    assert (kind, [e.number for e in holding.editions]) == ("daily", [9])
    assert (decision.had, decision.due_at) == (9, NOW + timedelta(days=1))


def test_who_waits_is_looked_at_again_and_given_nothing_yet() -> None:
    decision = decided(latest_hour=10)
    assert (decision.holdings, decision.days) == ((), ())
    assert decision.due_at == NOW + timedelta(minutes=5)
    assert decision.had == 8


def test_nobody_waits_for_what_cannot_come_in_time() -> None:
    assert decided(latest_hour=9, now=NOW + timedelta(hours=2), due_at=NOW).holdings


def test_a_pause_passes_editions_by_and_a_rest_does_not() -> None:
    tick = Tick(now=NOW, settled=EDITIONS)
    paused = Due(reader=replace(READER, status=SubscriptionStatus.PAUSED), due_at=NOW, had=1)
    resting = Due(reader=READER, due_at=NOW, had=1, resting_until=NOW + timedelta(days=1))
    assert (decide(paused, tick).had, decide(resting, tick).had) == (9, 1)
    assert decide(resting, tick).days[0].outcome is DayOutcome.RESTING


def test_a_run_without_hours_takes_whose_day_it_is_and_who_had_nothing() -> None:
    later = Due(reader=READER, due_at=NOW + timedelta(hours=5), had=1)
    tomorrow = replace(later, due_at=NOW + timedelta(days=1))
    assert taken_now(later, NOW)
    assert not taken_now(tomorrow, NOW)
    assert taken_now(replace(tomorrow, had=0), NOW)
    weekly = Schedule(cadence=Cadence.WEEKLY, weekday=(NOW.weekday() + 2) % 7)
    assert not taken_now(replace(tomorrow, had=0, reader=replace(READER, schedule=weekly)), NOW)


@given(
    st.sampled_from(Cadence), st.integers(0, 23), st.integers(0, 400), st.integers(0, 9),
    st.booleans(), st.none() | st.integers(0, 23), st.sampled_from(["UTC", "Pacific/Apia"]),
)  # fmt: skip
def test_every_decision_moves_on_and_accounts_for_each_day_once(
    cadence: Cadence, hour: int, hours: int, had: int, catch_up: bool, latest: int | None, zone: str
) -> None:
    schedule = Schedule(
        cadence=cadence, hour=hour, catch_up=catch_up, latest_hour=latest, timezone=zone
    )
    due_at = next_due(schedule, NOW - timedelta(hours=hours + 200))
    due = Due(reader=replace(READER, schedule=schedule), due_at=due_at, had=had)
    decision = decide(due, Tick(now=NOW, settled=EDITIONS))
    days = [day.day for day in decision.days]
    assert decision.due_at > NOW or due_at > NOW
    assert decision.had >= had
    assert len(days) == len(set(days))
    assert bool(decision.holdings) != any(
        day.outcome is DayOutcome.NOTHING_NEW for day in decision.days
    )
