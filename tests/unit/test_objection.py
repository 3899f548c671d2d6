from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.plan import Standing, objection
from subscribers.model import SubscriptionStatus as Status

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
READER = Standing(Status.CONFIRMED, suppressed=False, resting_until=None)


def test_a_confirmed_reader_gets_digests() -> None:
    assert objection("daily", READER, NOW) == ""


@pytest.mark.parametrize("status", [Status.UNCONFIRMED, Status.PAUSED, Status.UNSUBSCRIBED])
def test_nobody_else_does(status: Status) -> None:
    assert objection("weekly", replace(READER, status=status), NOW)


@pytest.mark.parametrize("kind", ["confirm", "goodbye", "change_address"])
def test_what_a_person_asked_for_is_sent_whatever_the_status(kind: str) -> None:
    assert objection(kind, replace(READER, status=Status.UNSUBSCRIBED), NOW) == ""


def test_nobody_is_told_goodbye_who_came_back() -> None:
    assert objection("goodbye", READER, NOW) == "the subscription was taken up again"


@pytest.mark.parametrize("kind", ["daily", "confirm"])
def test_a_suppressed_address_gets_nothing_at_all(kind: str) -> None:
    assert objection(kind, replace(READER, suppressed=True), NOW) == "the address is suppressed"


def test_an_address_rests_after_soft_bounces_and_comes_back() -> None:
    resting = replace(READER, resting_until=NOW + timedelta(hours=1))
    assert "rests until 2026-08-20" in objection("daily", resting, NOW)
    assert objection("daily", resting, NOW + timedelta(hours=2)) == ""


def test_an_erased_subscriber_gets_nothing() -> None:
    assert objection("goodbye", None, NOW) == "the subscriber is gone"
