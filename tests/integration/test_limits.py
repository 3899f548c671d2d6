from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from subscribers.limits import Counted, Limit, Limits, network
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 20, 8, 59, tzinfo=UTC)
HOURLY = Limit(2, timedelta(hours=1))
RING = Keyring({1: b"a" * 32}, 1)


def test_the_third_in_an_hour_is_one_too_many(engine: Engine) -> None:
    limits = Limits(engine, RING)
    asked = [Counted("signup", "192.0.2.0/24", HOURLY)]
    assert [limits.exceeded(asked, NOW) for _ in range(2)] == [None, None]
    assert limits.exceeded(asked, NOW) == NOW + timedelta(minutes=1)
    assert limits.exceeded(asked, NOW + timedelta(minutes=1)) is None


def test_others_are_not_held_up(engine: Engine) -> None:
    limits = Limits(engine, RING)
    for _ in range(3):
        limits.exceeded([Counted("signup", "192.0.2.0/24", HOURLY)], NOW)
    assert limits.exceeded([Counted("signup", "198.51.100.0/24", HOURLY)], NOW) is None
    assert limits.exceeded([Counted("link", "192.0.2.0/24", HOURLY)], NOW) is None


def test_what_was_counted_is_neither_readable_nor_kept(engine: Engine) -> None:
    limits = Limits(engine, RING)
    limits.exceeded([Counted("signup", "example.org", HOURLY)], NOW)
    with engine.connect() as connection:
        (key,) = connection.exec_driver_sql("SELECT key FROM counters").scalars()
    assert "example" not in key
    limits.exceeded([], NOW + timedelta(days=3))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM counters").scalar_one() == 0


def test_a_network_is_what_a_household_shares() -> None:
    assert network("192.0.2.77") == network("192.0.2.1") == "192.0.2.0/24"
    assert network("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert network("::ffff:192.0.2.9") == "192.0.2.0/24"
    assert network("testclient") == "testclient"
