"""Subscribers in and out: an export is the same state again, and a file revives nobody."""

from __future__ import annotations

import io
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from digest.database import open_database, upgrade
from subscribers.model import (
    Cadence,
    Consent,
    Schedule,
    Subscriber,
    SubscriptionStatus,
    SuppressionReason,
    Topic,
    WhenNothing,
)
from subscribers.past import schedules_of
from subscribers.rests import rest_of
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring
from subscribers.transfer import Fate, Incoming, Loader, Reader, write
from subscribers.transfer.incoming import Barred

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
RING = Keyring({1: b"1" * 32}, 1)
READER = "reader@example.org"
WORDS = ("confirmed", "unsubscribed", "cleaned")


def load(engine: Engine, text: str, *, update: bool = False, dry_run: bool = False) -> Any:
    reading = Reader(Subscriber(email=""), NOW).read(text.encode(), "a.csv")
    assert reading.bad == []
    return dict(Loader(engine, RING, NOW, update=update).load(reading.good, dry_run=dry_run))


def exported(engine: Engine) -> str:
    file = io.StringIO(newline="")
    write(engine, RING, file)
    return file.getvalue()


def state(engine: Engine) -> list[Any]:
    """All that lies with the people: not their ids, which are the database's."""
    store = SubscriberStore(engine, RING)
    found = []
    for reader in store.block(limit=10_000):
        barred = store.suppression(reader.email)
        own = (store.history(reader.id), barred, rest_of(engine, reader.id))
        values = {name: getattr(reader, name) for name in Subscriber.__slots__ if name != "id"}
        found.append((values, *own))
    return sorted(found, key=lambda one: str(one[0]["email"]))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database with the schema and nobody in it."""
    path = tmp_path_factory.mktemp("empty") / "empty.sqlite3"
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


instants = st.integers(0, 4_000_000_000_000).map(
    lambda milliseconds: datetime.fromtimestamp(milliseconds / 1000, UTC)
)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
topics = st.builds(
    Topic,
    text=st.sampled_from(["RL", "in-context learning", "=1 OR robots", 'a\n"b c" -d', " x ", "[a"]),
    excluded=st.booleans(),
    paused=st.booleans(),
    muted_until=st.none() | st.dates(min_value=date(2000, 1, 1)),
)
schedules = st.builds(
    Schedule,
    cadence=st.sampled_from(Cadence),
    weekday=st.integers(0, 6),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    timezone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]),
    latest_hour=st.none() | st.integers(0, 23),
    catch_up=st.booleans(),
)
consents = st.builds(Consent, action=words, at=instants, source=words, text_version=words)
local_parts = st.sampled_from(["a", "=b", "+c", "-d", "o'e", "f.g", "ü", "H"])


@st.composite
def people(draw: st.DrawFn) -> Incoming:
    came = draw(instants)
    status = draw(st.sampled_from(SubscriptionStatus))
    receives = status in ("confirmed", "paused")
    reader = Subscriber(
        email=f"{draw(local_parts)}{draw(st.integers(0, 99))}@example.org",
        status=status,
        topics=draw(st.lists(topics, max_size=3).map(tuple)),
        schedule=draw(schedules),
        template=draw(st.sampled_from(["daily", "brief"])),
        locale=draw(st.sampled_from(["en", "pt_BR"])),
        max_papers=draw(st.integers(1, 100)),
        near=draw(st.booleans()),
        also_trending=draw(st.booleans()),
        when_nothing=draw(st.sampled_from(WhenNothing)),
        created_at=came,
        confirmed_at=draw(instants if receives else st.none() | instants),
    )
    barred = st.builds(
        Barred, st.sampled_from(["bounce", "complaint", "operator"]), at=instants, detail=words
    )
    return Incoming(
        line=0,
        subscriber=reader,
        history=tuple(draw(st.lists(consents, max_size=3))),
        barred=draw(st.none() | barred),
        soft_bounces=draw(st.integers(0, 99)),
        resting_until=draw(st.none() | instants),
    )


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(people(), max_size=8, unique_by=lambda one: one.subscriber.email.casefold()))
def test_an_export_is_the_same_state_again(
    empty: Path, tmp_path: Path, found: list[Incoming]
) -> None:
    first, second = (_copy(empty, tmp_path / name) for name in ("first", "second"))
    Loader(first, RING, NOW).load(found)
    text = exported(first)
    assert len(found) == sum(load(second, text).values())
    assert state(second) == state(first)
    load(first, text, update=True)  # into the same, nothing changes
    assert exported(first) == text == exported(second)
    first.dispose()
    second.dispose()


def _copy(empty: Path, path: Path) -> Engine:
    shutil.copyfile(empty, path)
    return open_database(f"sqlite:///{path}")


@pytest.fixture
def store(engine: Engine) -> SubscriberStore:
    """One reader, who was added an hour ago."""
    store = SubscriberStore(engine, RING)
    given = Consent(action="add", at=NOW - timedelta(hours=1), source="operator")
    store.add(Subscriber(email=READER, topics=(Topic(text="RL"),)), given)
    return store


@pytest.mark.usefixtures("store")
def test_a_dry_run_tells_the_same_and_writes_nothing(engine: Engine) -> None:
    before = exported(engine)
    text = f"email,status\n{READER},unsubscribed\nnew@example.org,confirmed\n"
    tried = load(engine, text, dry_run=True)
    assert exported(engine) == before
    assert load(engine, text) == tried == {Fate.LEFT: 1, Fate.ADDED: 1}


def test_who_left_here_is_not_revived_by_an_older_list(
    store: SubscriberStore, engine: Engine
) -> None:
    store.change(1, Consent(action="unsubscribe", at=NOW, source="web"))
    assert load(engine, f"email,status\n{READER},confirmed", update=True) == {Fate.KNOWN: 1}
    assert store.get(READER).status == "unsubscribed"


def test_a_departure_that_is_older_than_the_consent_here_does_not_count(
    store: SubscriberStore, engine: Engine
) -> None:
    header = "Email Address,OPTIN_TIME,CONFIRM_TIME,LEID,UNSUB_TIME\n"
    old = f"{header}{READER},,2020-01-01 00:00:00,1,2021-01-01 00:00:00"
    assert load(engine, old) == {Fate.KNOWN: 1}
    new = f"{header}{READER},,2020-01-01 00:00:00,1,2026-08-20 07:59:00"
    assert load(engine, new) == {Fate.LEFT: 1}
    assert store.history(1)[-1].source == "import"


def test_a_suppressed_address_stays_suppressed(store: SubscriberStore, engine: Engine) -> None:
    store.suppress("gone@example.org", SuppressionReason.COMPLAINT, NOW)
    assert load(engine, "email\ngone@example.org") == {Fate.STAYS_SUPPRESSED: 1}
    barred = store.suppression("gone@example.org")
    assert barred
    assert barred.reason == "complaint"
    (row,) = [line for line in exported(engine).splitlines() if line.startswith("gone@")]
    assert ",complaint," in row


def test_who_was_erased_does_not_come_back(store: SubscriberStore, engine: Engine) -> None:
    store.remove(1, NOW)
    assert load(engine, f"email\n{READER}") == {Fate.ERASED: 1}
    assert store.block() == []


def test_a_cleaned_address_is_suppressed_though_it_is_known(
    store: SubscriberStore, engine: Engine
) -> None:
    assert load(engine, f"email,status\n{READER},cleaned") == {Fate.SUPPRESSED: 1}
    barred = store.suppression(READER)
    assert barred
    assert (barred.reason, barred.detail) == ("bounce", "cleaned")


def test_choices_change_on_request_alone(store: SubscriberStore, engine: Engine) -> None:
    text = f"email,topics,time\n{READER},robots,06:30"
    assert load(engine, text) == {Fate.KNOWN: 1}
    assert load(engine, text, update=True) == {Fate.UPDATED: 1}
    now = store.get(READER)
    assert ([topic.text for topic in now.topics], now.schedule.minute) == (["robots"], 30)
    past = schedules_of(engine, now).past
    assert [(until, schedule.minute) for until, schedule in past] == [(NOW, 0)]


def test_a_block_is_changed_suppressed_and_left_line_by_line(engine: Engine) -> None:
    load(engine, "email,topics\n" + "".join(f"r{n}@example.org,RL\n" for n in range(1200)))
    lines = [f"r{n}@example.org,{('robots', 'RL')[n % 2]},{WORDS[n % 3]}\n" for n in range(1200)]
    fates = load(engine, "email,topics,status\n" + "".join(lines), update=True)
    assert fates == {Fate.UPDATED: 200, Fate.KNOWN: 200, Fate.LEFT: 400, Fate.SUPPRESSED: 400}
    store = SubscriberStore(engine, RING)
    found = {n: store.get(f"r{n}@example.org") for n in (0, 1, 2, 3, 1198, 1199)}
    topics = {n: one.topics[0].text for n, one in found.items()}
    assert topics == {0: "robots", 1: "RL", 2: "robots", 3: "RL", 1198: "robots", 1199: "RL"}
    assert [found[n].status for n in (0, 1)] == ["confirmed", "unsubscribed"]
    assert store.suppression("r2@example.org")
    assert not store.suppression("r0@example.org")
