"""How many subscriptions stood where, day by day: as counted, and as the lines of consent tell."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete

from digest.figures import ConsentDays
from digest.figures.consent import KEPT
from subscribers.model import Consent, Subscriber
from subscribers.model import SubscriptionStatus as Status
from subscribers.store import SubscriberStore
from subscribers.tables import consents
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
STEPS = {"ada": (9, "subscribe"), "bob": (8, "add"), "eve": (5, "add")}
LATER = (("ada", 6, "confirm"), ("bob", 4, "pause"), ("eve", 3, "unsubscribe"))


@pytest.fixture
def full(engine: Engine) -> Engine:
    """Three subscribers who moved in the last nine days."""
    store = SubscriberStore(engine, Keyring.generate())
    numbers = {
        name: store.add(Subscriber(email=f"{name}@example.org"), given(*step)).id
        for name, step in STEPS.items()
    }
    for name, back, action in LATER:
        store.change(numbers[name], given(back, action))
    return engine


def given(back: int, action: str) -> Consent:
    return Consent(action=action, at=NOW - timedelta(days=back), source="operator")


def told(engine: Engine, until: date = TODAY) -> dict[int, Counter[Status]]:
    """What there was, by how many days ago."""
    found = ConsentDays(engine).days(until)
    return {(TODAY - day.day).days: +day.counts for day in found}


def test_the_days_before_the_first_count_follow_from_consent(full: Engine) -> None:
    ConsentDays(full).count(NOW)
    days = told(full)
    assert len(days) == KEPT
    assert days[10] == {}
    assert days[9] == {Status.UNCONFIRMED: 1}
    assert days[6] == {Status.CONFIRMED: 2}
    assert days[4] == {Status.CONFIRMED: 2, Status.PAUSED: 1}
    assert days[0] == {Status.CONFIRMED: 1, Status.PAUSED: 1, Status.UNSUBSCRIBED: 1}


def test_what_was_counted_stays_whoever_is_erased_later(full: Engine) -> None:
    ConsentDays(full).count(NOW)
    with full.begin() as connection:
        connection.execute(delete(consents))
    tomorrow = NOW + timedelta(days=1)
    assert ConsentDays(full).count(tomorrow) == [tomorrow.date()]
    assert told(full)[0].total() == 3


def test_days_on_which_nothing_counted_are_drawn_afterwards(full: Engine) -> None:
    ConsentDays(full).count(NOW)
    later = NOW + timedelta(days=3)
    counted = ConsentDays(full).count(later)
    assert counted == [TODAY + timedelta(days=n) for n in (1, 2, 3)]
    assert told(full, later.date())[-2] == told(full)[0]


def test_an_empty_database_has_days_without_anybody(engine: Engine) -> None:
    ConsentDays(engine).count(NOW)
    days = told(engine)
    assert len(days) == KEPT
    assert not any(days.values())
