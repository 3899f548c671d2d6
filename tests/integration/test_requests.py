"""Double opt-in on real databases: asked for by anybody, begun by the person at the address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from subscribers.due import next_due
from subscribers.errors import ExpiredToken, SubscriberExists, UnknownSubscriber, UsedToken
from subscribers.leaving import Departures
from subscribers.model import Cadence, Consent, Schedule, Subscriber, SuppressionReason, Topic
from subscribers.requests import Kind, Requests
from subscribers.signup import SignUps
from subscribers.store import SubscriberStore
from subscribers.tables import subscribers
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
RING = Keyring({1: b"a" * 32}, 1)
EMAIL = "reader@example.org"
WANTED = Subscriber(
    email=EMAIL,
    topics=(Topic(text="RL"), Topic(text="survey", excluded=True)),
    schedule=Schedule(cadence=Cadence.WEEKLY, weekday=4, hour=7, timezone="Asia/Tokyo"),
    max_papers=5,
)


@pytest.fixture
def sign_ups(engine: Engine) -> SignUps:
    return SignUps(engine, RING)


@pytest.fixture
def store(engine: Engine) -> SubscriberStore:
    return SubscriberStore(engine, RING)


def _add(store: SubscriberStore, **values: Any) -> Subscriber:
    given = Consent(action="add", at=NOW, source="operator")
    return store.add(Subscriber(email=EMAIL, **values), given)


def test_nothing_begins_before_it_is_confirmed(sign_ups: SignUps, store: SubscriberStore) -> None:
    sign_ups.sign_up(WANTED, NOW, "v1")
    asked = store.get(EMAIL)
    assert (asked.status, asked.topics) == ("unconfirmed", ())


def test_confirming_begins_with_what_was_chosen(sign_ups: SignUps, store: SubscriberStore) -> None:
    request = sign_ups.sign_up(WANTED, NOW, "v1")
    number = sign_ups.confirm(request.id, LATER, replace=False)
    reader = store.by_id(number)
    assert (reader.status, reader.confirmed_at) == ("confirmed", LATER)
    assert (reader.topics, reader.schedule, reader.max_papers) == (
        WANTED.topics,
        WANTED.schedule,
        5,
    )
    steps = [(c.action, c.at, c.source, c.text_version) for c in store.history(number)]
    assert steps == [("subscribe", NOW, "web", "v1"), ("confirm", LATER, "web", "v1")]


def _due(engine: Engine) -> datetime | None:
    with engine.connect() as connection:
        due: datetime | None = connection.execute(select(subscribers.c.due_at)).scalar_one()
        return due


def test_who_confirmed_is_due_at_the_hour_they_chose(engine: Engine, sign_ups: SignUps) -> None:
    request = sign_ups.sign_up(WANTED, NOW, "v1")
    assert _due(engine) is None
    sign_ups.confirm(request.id, LATER, replace=False)
    assert _due(engine) == next_due(WANTED.schedule, LATER)


def test_who_takes_leaving_back_is_due_again(
    engine: Engine, sign_ups: SignUps, store: SubscriberStore
) -> None:
    number = sign_ups.confirm(sign_ups.sign_up(WANTED, NOW, "v1").id, NOW, replace=False)
    store.change(number, Consent(action="unsubscribe", at=NOW, source="web"))
    assert _due(engine) is None
    Departures(engine).undo(number, Consent(action="restore", at=LATER, source="web"))
    assert _due(engine) == next_due(WANTED.schedule, LATER)


def test_a_confirmation_works_once_and_for_48_hours(sign_ups: SignUps) -> None:
    request = sign_ups.sign_up(WANTED, NOW, "v1")
    with pytest.raises(ExpiredToken):
        sign_ups.confirm(request.id, NOW + timedelta(hours=48), replace=False)
    sign_ups.confirm(request.id, NOW + timedelta(hours=47), replace=False)
    with pytest.raises(UsedToken):
        sign_ups.confirm(request.id, NOW + timedelta(hours=47), replace=False)


def test_an_address_has_one_waiting_confirmation_a_day(sign_ups: SignUps) -> None:
    first = sign_ups.sign_up(WANTED, NOW, "v1")
    assert sign_ups.sign_up(WANTED, LATER, "v1").id == first.id
    assert sign_ups.sign_up(WANTED, NOW + timedelta(days=1), "v1").id != first.id


def test_after_a_confirmation_another_may_be_asked_for(sign_ups: SignUps) -> None:
    first = sign_ups.sign_up(WANTED, NOW, "v1")
    sign_ups.confirm(first.id, NOW, replace=False)
    assert sign_ups.sign_up(WANTED, NOW, "v1").id != first.id


def test_a_readers_choices_change_only_if_they_say_so(
    sign_ups: SignUps, store: SubscriberStore
) -> None:
    number = _add(store, topics=(Topic(text="speech"),)).id
    for replace, expected in ((False, ("speech",)), (True, ("RL", "survey"))):
        request = sign_ups.sign_up(WANTED, NOW, "v1")
        assert sign_ups.confirm(request.id, NOW, replace=replace) == number
        assert tuple(topic.text for topic in store.by_id(number).topics) == expected


def test_who_unsubscribed_comes_back_by_confirming(
    sign_ups: SignUps, store: SubscriberStore
) -> None:
    number = _add(store).id
    store.change(number, Consent(action="unsubscribe", at=NOW, source="web"))
    request = sign_ups.sign_up(WANTED, LATER, "v1")
    assert store.by_id(number).status == "unsubscribed"
    sign_ups.confirm(request.id, LATER, replace=False)
    assert store.by_id(number).status == "confirmed"


@contextmanager
def _statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def _reader(store: SubscriberStore) -> None:
    _add(store, topics=(Topic(text="speech"),))


def _former(store: SubscriberStore) -> None:
    store.change(_add(store).id, Consent(action="unsubscribe", at=NOW, source="web"))


def _bounced(store: SubscriberStore) -> None:
    store.suppress(EMAIL, SuppressionReason.BOUNCE, NOW)


def _erased(store: SubscriberStore) -> None:
    store.remove(_add(store).id, NOW)


@pytest.mark.parametrize("who", [_reader, _former, _bounced, _erased])
def test_asking_takes_the_same_statements_whoever_it_is(
    engine: Engine,
    sign_ups: SignUps,
    store: SubscriberStore,
    who: Callable[[SubscriberStore], None],
) -> None:
    with _statements(engine) as for_a_new_one:
        sign_ups.sign_up(Subscriber(email="new@example.org"), NOW, "v1")
    who(store)
    with _statements(engine) as for_a_known_one:
        sign_ups.sign_up(WANTED, NOW, "v1")
    assert for_a_known_one == for_a_new_one


def test_a_suppressed_address_stays_so_and_an_erased_one_may_come_back(
    engine: Engine, sign_ups: SignUps, store: SubscriberStore
) -> None:
    def suppressed() -> bool:
        with engine.connect() as connection:
            return bool(
                connection.exec_driver_sql("SELECT suppressed FROM subscribers").scalar_one()
            )

    _bounced(store)
    sign_ups.sign_up(WANTED, NOW, "v1")
    assert suppressed()
    store.unsuppress(EMAIL)
    store.remove(store.get(EMAIL).id, NOW)
    request = sign_ups.sign_up(WANTED, NOW, "v1")
    assert not suppressed()
    sign_ups.confirm(request.id, NOW, replace=False)
    assert store.suppression(EMAIL) is None


def test_an_address_that_nobody_confirmed_is_forgotten(
    engine: Engine, sign_ups: SignUps, store: SubscriberStore
) -> None:
    sign_ups.sign_up(WANTED, NOW, "v1")
    Requests(engine).purge(NOW + timedelta(hours=47))
    assert store.get(EMAIL).status == "unconfirmed"
    Requests(engine).purge(NOW + timedelta(hours=49))
    with pytest.raises(UnknownSubscriber):
        store.get(EMAIL)


def test_an_address_moves_when_the_new_one_confirms(
    engine: Engine, sign_ups: SignUps, store: SubscriberStore
) -> None:
    number = _add(store).id
    request = Requests(engine).ask(Kind.NEW_ADDRESS, number, NOW, "new@example.org")
    assert sign_ups.move(request.id, NOW) == (EMAIL, "new@example.org")
    assert store.get("new@example.org").id == number
    assert store.history(number)[-1].action == "change-address"


def test_an_address_that_reads_already_is_not_taken_over(
    engine: Engine, sign_ups: SignUps, store: SubscriberStore
) -> None:
    number = _add(store).id
    other = Subscriber(email="other@example.org")
    store.add(other, Consent(action="add", at=NOW, source="operator"))
    request = Requests(engine).ask(Kind.NEW_ADDRESS, number, NOW, "other@example.org")
    with pytest.raises(SubscriberExists):
        sign_ups.move(request.id, NOW)
    assert store.get(EMAIL).id == number
