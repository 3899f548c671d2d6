from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from subscribers.errors import (
    InvalidSchedule,
    SubscriberExists,
    SubscriberSuppressed,
    UnknownSubscriber,
)
from subscribers.model import (
    Cadence,
    Consent,
    Schedule,
    Subscriber,
    SubscriptionStatus,
    SuppressionReason,
    Topic,
)
from subscribers.store import SubscriberStore
from subscribers.tables import subscribers
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
READER = Subscriber(
    email="reader@example.org",
    topics=(Topic(text="RL"), Topic(text="survey", excluded=True, muted_until=date(2026, 9, 1))),
    schedule=Schedule(cadence=Cadence.WEEKLY, weekday=4, timezone="Europe/Berlin", latest_hour=11),
)


def did(action: str) -> Consent:
    return Consent(action=action, at=NOW, source="operator", text_version="1")


@pytest.fixture
def store(engine: Engine) -> SubscriberStore:
    return SubscriberStore(engine, Keyring({1: b"k" * 32}, 1))


def test_a_subscriber_comes_back_as_stored(store: SubscriberStore) -> None:
    stored = store.add(READER, did("add"))
    assert store.get("READER@example.org") == stored
    assert replace(stored, id=0, status=READER.status, created_at=None, confirmed_at=None) == READER
    assert stored.status is SubscriptionStatus.CONFIRMED
    assert stored.confirmed_at == NOW


def test_an_address_is_subscribed_once(store: SubscriberStore) -> None:
    store.add(READER, did("add"))
    with pytest.raises(SubscriberExists, match=r"Reader@example\.org is a subscriber already"):
        store.add(replace(READER, email="Reader@example.org"), did("add"))


def test_who_left_can_come_back_under_the_same_id(store: SubscriberStore) -> None:
    first = store.add(READER, did("add"))
    store.change(first.id, did("unsubscribe"))
    assert store.add(READER, did("subscribe")).id == first.id
    assert store.by_id(first.id).status is SubscriptionStatus.UNCONFIRMED


def test_every_change_of_consent_is_recorded_once(store: SubscriberStore) -> None:
    number = store.add(READER, did("subscribe")).id
    for action in ("confirm", "confirm", "pause", "resume", "unsubscribe", "unsubscribe"):
        store.change(number, did(action))
    actions = [line.action for line in store.history(number)]
    assert actions == ["subscribe", "confirm", "pause", "resume", "unsubscribe"]


def test_topics_are_replaced_in_order(store: SubscriberStore) -> None:
    stored = store.add(READER, did("add"))
    wanted = (Topic(text="agents"), Topic(text="RL"), Topic(text="RL", paused=True))
    assert store.edit(replace(stored, topics=wanted)).topics == wanted


def test_each_distinct_topic_of_those_who_receive_is_listed_once(store: SubscriberStore) -> None:
    for name in ("a", "b", "c"):
        store.add(replace(READER, email=f"{name}@example.org"), did("add"))
    left = store.add(
        Subscriber(email="d@example.org", topics=(Topic(text="video"),)), did("subscribe")
    )
    assert store.topics_in_use() == ["RL", "survey"]
    store.change(left.id, did("confirm"))
    assert store.topics_in_use() == ["RL", "survey", "video"]


def test_blocks_hold_everybody_once(store: SubscriberStore) -> None:
    ids = [store.add(Subscriber(email=f"r{n}@example.org"), did("add")).id for n in range(7)]
    first = store.block(limit=3)
    rest = store.block(after=first[-1].id, limit=10)
    assert [reader.id for reader in [*first, *rest]] == ids
    assert [len(block) for block in store.receiving()] == [7]


def test_search_takes_wildcards_as_they_are(store: SubscriberStore) -> None:
    store.add(Subscriber(email="100%@example.org"), did("add"))
    store.add(Subscriber(email="other@example.org"), did("add"))
    assert [reader.email for reader in store.block(search="0%")] == ["100%@example.org"]


def test_a_suppressed_address_cannot_be_added(store: SubscriberStore) -> None:
    store.suppress("Reader@example.org", SuppressionReason.COMPLAINT, NOW, "abuse report")
    with pytest.raises(SubscriberSuppressed, match="complaint, since 2026-08-20"):
        store.add(READER, did("add"))
    assert store.unsuppress("reader@example.org")
    assert store.add(READER, did("add")).id


def test_erasure_leaves_no_address_behind(store: SubscriberStore, engine: Engine) -> None:
    number = store.add(READER, did("add")).id
    store.remove(number, NOW)
    with pytest.raises(UnknownSubscriber):
        store.get("reader@example.org")
    with engine.connect() as connection:
        for table in ("subscribers", "consents", "subscriber_topics", "suppressions"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert "reader@" not in str(rows)
    assert store.suppression("reader@example.org") is not None


def test_an_erased_id_is_not_given_to_another(store: SubscriberStore) -> None:
    number = store.add(READER, did("add")).id
    store.remove(number, NOW)
    assert store.add(replace(READER, email="next@example.org"), did("add")).id != number


def test_a_single_use_link_works_once(store: SubscriberStore) -> None:
    assert store.use_token("token", NOW)
    assert not store.use_token("token", NOW)


def test_counts_name_every_status(store: SubscriberStore) -> None:
    store.add(READER, did("add"))
    assert store.counts() == {
        status: int(status is SubscriptionStatus.CONFIRMED) for status in SubscriptionStatus
    }


def due_at(engine: Engine, number: int) -> datetime | None:
    with engine.connect() as connection:
        query = select(subscribers.c.due_at).where(subscribers.c.id == number)
        found: datetime | None = connection.execute(query).scalar_one()
        return found


def test_who_receives_digests_is_due_at_their_hour(store: SubscriberStore, engine: Engine) -> None:
    stored = store.add(READER, did("add"))
    assert due_at(engine, stored.id) == datetime(2026, 8, 21, 6, tzinfo=UTC)  # Friday in Berlin


def test_who_has_not_confirmed_or_has_left_is_never_due(
    store: SubscriberStore, engine: Engine
) -> None:
    asked = store.add(READER, did("subscribe"))
    assert due_at(engine, asked.id) is None
    store.change(asked.id, did("confirm"))
    assert due_at(engine, asked.id) is not None
    store.change(asked.id, did("pause"))
    assert due_at(engine, asked.id) is not None  # the day goes by, with the pause as its reason
    store.change(asked.id, did("unsubscribe"))
    assert due_at(engine, asked.id) is None


def test_another_hour_counts_from_now_on_and_loses_nothing_that_is_due(
    store: SubscriberStore, engine: Engine
) -> None:
    stored = store.add(READER, did("add"))
    due = datetime(2026, 8, 21, 6, tzinfo=UTC)
    later = replace(stored, schedule=replace(stored.schedule, hour=18))
    store.edit(later, at=due + timedelta(minutes=1))
    assert due_at(engine, stored.id) == due
    store.edit(stored, at=due - timedelta(minutes=2))
    store.edit(later, at=due - timedelta(minutes=1))
    assert due_at(engine, stored.id) == due + timedelta(hours=10)


def test_an_unknown_time_zone_is_refused(store: SubscriberStore) -> None:
    with pytest.raises(InvalidSchedule):
        store.add(replace(READER, schedule=Schedule(timezone="Mars/Olympus")), did("add"))
