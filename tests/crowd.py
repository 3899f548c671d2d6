"""A database full of readers and weeks of deliveries, as the operator's page meets it.

Drawn from a seed, so that a test finds the same people each time. Written in bulk past the
stores, in the rows that they would have written: 10,000 readers and 60 days take seconds.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Engine, Table, insert, select

from digest import sample
from digest.archive import Archive
from digest.database import writing
from digest.delivery.tables import deliveries, selections
from digest.model import DayState, DeliveryState, Digest, Entry, Reason, Rule, SourceDay, Tier
from digest.outcomes import DayOutcome, reader_days
from digest.publish.packing import pack
from subscribers.model import Cadence, Schedule, Subscriber, SubscriptionStatus, Topic
from subscribers.rows import from_subscriber
from subscribers.tables import consents, subscriber_topics, subscribers, topics

DOMAINS = ("gmail.example", "outlook.example", "uni.example", "lab.example", "example.org")
#: The last one matches no paper of the sample edition.
TOPICS = ("agent harness", "reinforcement learning", "diffusion", "RL", "vision", "zymurgy")
STATUSES = [
    *[SubscriptionStatus.CONFIRMED] * 16,
    *[SubscriptionStatus.UNCONFIRMED] * 2,
    SubscriptionStatus.PAUSED,
    SubscriptionStatus.UNSUBSCRIBED,
]
#: How often of a thousand, and what the server said.
Answer = tuple[int, DeliveryState, int, str, str]
_DEFERRED: Answer = (10, DeliveryState.DEFERRED, 451, "4.7.1", "greylisted, come back later")
_NOTHING: Answer = (40, DeliveryState.SKIPPED, 0, "", "nothing matched")
_GIVEN_UP = (0, DeliveryState.FAILED)
ANSWERS: tuple[Answer, ...] = (
    (940, DeliveryState.ACCEPTED, 250, "2.0.0", "queued"),
    _NOTHING,
    _DEFERRED,
    (6, DeliveryState.BOUNCED, 550, "5.1.1", "no such user"),
    (2, DeliveryState.FAILED, 554, "5.7.1", "policy"),
    (2, DeliveryState.UNCERTAIN, 0, "", "the answer never came"),
)
_WEIGHTS = [answer[0] for answer in ANSWERS]
_DAY = timedelta(days=1)
_BATCH = 5000


def fill(
    engine: Engine, today: date, *, readers: int = 10_000, days: int = 60, seed: int = 1
) -> None:
    """Fills a database with the whole schema: `days` days up to and with `today`.

    Reader number n (from 1) is `reader<n>@<domain>` with one topic; they came evenly over twice
    the days. Each weekday has a settled edition, and each confirmed reader its daily digest;
    what a server deferred before today has failed since. A paused reader's days say so.
    """
    chance = random.Random(seed)
    people = list(_people(readers, today, 2 * days, chance))
    span = [today - back * _DAY for back in range(days - 1, -1, -1)]
    weekdays = [day for day in span if day.weekday() < 5]
    _write_readers(engine, people)
    digests = {day: _edition(engine, day) for day in weekdays}
    for day in weekdays:
        _write(engine, deliveries, _deliveries(people, day, day == today, digests[day][0], chance))
        _write(engine, selections, _selections(engine, people, day, digests[day][1]))
        _write(engine, reader_days, _days_without(people, day))


def address(number: int) -> str:
    """The address of reader number n."""
    return f"reader{number}@{DOMAINS[number % len(DOMAINS)]}"


def _people(count: int, today: date, days: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        came = _at(today - _DAY * (days - days * number // (count + 1)), 6)
        status = chance.choice(STATUSES)
        wanted = Subscriber(email=address(number), schedule=Schedule(cadence=Cadence.WEEKDAYS))
        values = from_subscriber(wanted, wanted.email, status, came)
        yield values | {"id": number, "topic": chance.choice(TOPICS)}


def _write_readers(engine: Engine, people: list[dict[str, Any]]) -> None:
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in TOPICS]
    texts = [
        {"id": number, "text": text, "text_hash": found}
        for number, (text, found) in enumerate(zip(TOPICS, hashes, strict=True), 1)
    ]
    _write(engine, subscribers, (_without_topic(person) for person in people))
    _write(engine, topics, iter(texts))
    _write(engine, subscriber_topics, (_asked(person) for person in people))
    _write(engine, consents, (row for person in people for row in _agreed(person)))


def _without_topic(person: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in person.items() if name != "topic"}


def _asked(person: dict[str, Any]) -> dict[str, Any]:
    topic = TOPICS.index(person["topic"]) + 1
    number = {"subscriber_id": person["id"], "position": 0, "topic_id": topic}
    return number | {"excluded": False, "paused": False, "muted_until": None}


def _agreed(person: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of consent that lead to a reader's status."""
    steps = {
        SubscriptionStatus.UNCONFIRMED: (),
        SubscriptionStatus.CONFIRMED: ("confirm",),
        SubscriptionStatus.PAUSED: ("confirm", "pause"),
        SubscriptionStatus.UNSUBSCRIBED: ("confirm", "unsubscribe"),
    }
    for later, action in enumerate(("subscribe", *steps[person["status"]])):
        at = person["created_at"] + timedelta(hours=later)
        row = {"subscriber_id": person["id"], "action": action, "at": at}
        yield row | {"source": "web", "text_version": "subscribe-1"}


def _edition(engine: Engine, day: date) -> tuple[int, dict[str, str]]:
    """Stores a day's edition; the frozen copy's number, and a packed digest by topic."""
    papers = tuple(
        replace(paper, key=f"arxiv:{day:%y%m}.{day.day:02}{place:03}", title=f"{paper.title} {day}")
        for place, paper in enumerate(sample.edition().papers)
    )
    archive = Archive(engine)
    for hour, state in ((6, DayState.OPEN), (10, DayState.CLOSED)):
        archive.store(
            [SourceDay(source="huggingface", date=day, papers=papers, state=state,
                       fetched_at=_at(day, hour))]
        )  # fmt: skip
    frozen = archive.freeze(papers)
    places = {paper.key: place for place, paper in enumerate(papers)}
    made = {}
    for first, topic in enumerate(TOPICS):
        because = Reason(rule=Rule.PHRASE, topic=topic, phrase=topic, field="title")
        chosen = papers[first : first + 3]
        entries = tuple(Entry(paper=p, tier=Tier.MATCHED, reason=because) for p in chosen)
        reader = Subscriber(email=address(1), topics=(Topic(text=topic),))
        digest = Digest(subscriber=reader, kind="daily", occasion=str(day), date=day,
                        entries=entries, considered=len(papers))  # fmt: skip
        made[topic] = pack(digest, places)
    return frozen, made


def _deliveries(
    people: list[dict[str, Any]],
    day: date,
    is_today: bool,
    edition: int,
    chance: random.Random,
) -> Iterator[dict[str, Any]]:
    due = _at(day, 8)
    common = {"kind": "daily", "occasion": str(day), "planned_at": due, "due_at": due}
    common |= {"expires_at": due + 2 * _DAY, "owner": "", "snapshot": edition, "key_id": 1}
    common |= {"attempts": 1}
    for person in people:
        if person["status"] != SubscriptionStatus.CONFIRMED or person["created_at"] > due:
            continue
        _, state, code, enhanced, text = _answer(person, is_today, chance)
        yield common | {
            "subscriber_id": person["id"],
            "recipient": person["email"],
            "domain": person["email"].rpartition("@")[2],
            "state": state,
            "code": code,
            "enhanced": enhanced,
            "text": text,
            "next_attempt_at": due + _DAY if state is DeliveryState.DEFERRED else None,
            "settled_at": due + timedelta(minutes=chance.randrange(30)),
        }


def _selections(
    engine: Engine, people: list[dict[str, Any]], day: date, packed: dict[str, str]
) -> Iterator[dict[str, Any]]:
    c = deliveries.c
    with engine.connect() as connection:
        query = select(c.id, c.subscriber_id).where(c.occasion == str(day)).order_by(c.id)
        found = connection.execute(query).all()
    topics = {person["id"]: person["topic"] for person in people}
    for number, reader in found:
        made = {"selection": packed[topics[reader]], "template": "daily", "template_hash": ""}
        yield {"delivery_id": number} | made


def _answer(person: dict[str, Any], is_today: bool, chance: random.Random) -> Answer:
    """Today one reader in fifty still waits; what was deferred earlier was given up."""
    if person["topic"] == TOPICS[-1]:
        return _NOTHING
    if is_today and person["id"] % 50 == 0:
        return _DEFERRED
    found = chance.choices(ANSWERS, _WEIGHTS)[0]
    return found if is_today or found != _DEFERRED else (*_GIVEN_UP, *found[2:])


def _days_without(people: list[dict[str, Any]], day: date) -> Iterator[dict[str, Any]]:
    for person in people:
        if person["status"] == SubscriptionStatus.PAUSED and person["created_at"] < _at(day, 8):
            told = {"outcome": DayOutcome.PAUSED.value, "reason": "paused by the reader"}
            yield {"subscriber_id": person["id"], "day": day, "at": _at(day, 8)} | told


def _write(engine: Engine, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    with writing(engine).begin() as connection:
        for block in _blocks(rows):
            connection.execute(insert(table), block)


def _blocks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return iter(lambda: list(islice(rows, _BATCH)), [])


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)
