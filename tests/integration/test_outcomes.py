from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from digest.database import writing
from digest.outcomes import DayOutcome, Outcomes, ReaderDay, record_days
from subscribers.model import Consent, Subscriber
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
DAY = date(2026, 8, 20)


@pytest.fixture
def outcomes(engine: Engine) -> Outcomes:
    return Outcomes(engine)


@pytest.fixture
def reader(engine: Engine) -> Subscriber:
    store = SubscriberStore(engine, Keyring({1: b"k" * 32}, 1))
    agreed = Consent(action="add", at=NOW, source="operator")
    return store.add(Subscriber(email="reader@example.org"), agreed)


def without_mail(reader: Subscriber, day: date, outcome: DayOutcome, reason: str) -> ReaderDay:
    return ReaderDay(subscriber_id=reader.id, day=day, outcome=outcome, reason=reason, at=NOW)


def test_a_run_that_was_killed_has_no_end_but_was_last_seen(outcomes: Outcomes) -> None:
    killed = outcomes.begin("run", NOW)
    outcomes.lives(killed, NOW + timedelta(minutes=1))
    ended = outcomes.begin("send", NOW)
    outcomes.end(ended, NOW, "nothing was due")
    send, run = outcomes.runs()
    assert (send.outcome, run.outcome, run.ended_at) == ("nothing was due", "", None)
    assert outcomes.last_seen("run") == NOW + timedelta(minutes=1)


def test_a_run_is_told_as_it_stands(outcomes: Outcomes) -> None:
    outcomes.begin("run", NOW)
    outcomes.begin("send", NOW)
    send, run = outcomes.runs()
    later = NOW + timedelta(minutes=1)
    assert run.in_words(later) == "runs"
    assert (
        run.in_words(NOW + timedelta(minutes=3))
        == f"was killed, last seen {NOW:%Y-%m-%d %H:%M} UTC"
    )
    assert send.in_words(later).startswith("has not ended: it runs, or was killed")
    outcomes.end(send.id, later, "nothing was due")
    assert outcomes.runs()[0].in_words(later) == "nothing was due"


def test_a_readers_day_has_one_outcome_the_latest(
    engine: Engine, outcomes: Outcomes, reader: Subscriber
) -> None:
    days = [
        without_mail(reader, DAY, DayOutcome.NOTHING_NEW, "weekend"),
        without_mail(reader, DAY, DayOutcome.PAUSED, "paused"),
    ]
    for day in days:
        with writing(engine).begin() as connection:
            record_days(connection, [day])
    assert outcomes.of_reader(reader.id, DAY) == [days[1]]
    assert outcomes.counts(DAY) == {(DayOutcome.PAUSED, "paused"): 1}
