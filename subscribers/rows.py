"""How subscribers and their topics stand in rows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from subscribers.address import comparable
from subscribers.due import next_due
from subscribers.model import (
    Cadence,
    Consent,
    Schedule,
    Subscriber,
    SubscriptionStatus,
    Topic,
    WhenNothing,
)
from subscribers.tables import consents, subscriber_topics, subscribers, topics

# SQLite takes 32,766 parameters in a statement; this stays far below.
_CHUNK = 500
_SCHEDULE = ("cadence", "weekday", "hour", "minute", "timezone", "latest_hour", "catch_up")
_CHOICES = ("template", "locale", "max_papers", "near", "also_trending", "when_nothing")


def chosen(subscriber: Subscriber) -> dict[str, Any]:
    """The columns that the subscriber themselves may change."""
    return schedule_values(subscriber.schedule) | {
        name: getattr(subscriber, name) for name in _CHOICES
    }


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    """The columns of a schedule, of the present one and of a past one."""
    return {name: getattr(schedule, name) for name in _SCHEDULE}


def from_subscriber(
    subscriber: Subscriber, email: str, status: SubscriptionStatus, at: datetime
) -> dict[str, Any]:
    """All columns of a new subscriber."""
    confirmed = at if status is SubscriptionStatus.CONFIRMED else None
    return chosen(subscriber) | {
        "due_at": next_due(subscriber.schedule, at) if confirmed else None,
        "email": email,
        "email_key": comparable(email),
        "status": status,
        "suppressed": False,
        "created_at": at,
        "confirmed_at": confirmed,
    }


def to_schedule(row: Row[Any]) -> Schedule:
    """The schedule of a row of `subscribers`, or of `past_schedules`."""
    return Schedule(
        cadence=Cadence(row.cadence),
        weekday=row.weekday,
        hour=row.hour,
        minute=row.minute,
        timezone=row.timezone,
        latest_hour=row.latest_hour,
        catch_up=row.catch_up,
    )


def to_subscriber(row: Row[Any], asked: Sequence[Topic]) -> Subscriber:
    """A subscriber of a row of `subscribers`."""
    return Subscriber(
        id=row.id,
        email=row.email,
        status=SubscriptionStatus(row.status),
        topics=tuple(asked),
        schedule=to_schedule(row),
        template=row.template,
        locale=row.locale,
        max_papers=row.max_papers,
        near=row.near,
        also_trending=row.also_trending,
        when_nothing=WhenNothing(row.when_nothing),
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
    )


def due_after_change(row: Row[Any], status: SubscriptionStatus, at: datetime) -> datetime | None:
    """When a subscriber is due once they have this status; a pause does not stop the days.

    The days of a paused reader go by with that as their reason.
    """
    if status not in (SubscriptionStatus.CONFIRMED, SubscriptionStatus.PAUSED):
        return None
    known: datetime | None = row.due_at
    return known or next_due(to_schedule(row), at)


def find(connection: Connection, email: str) -> Row[Any] | None:
    """The row of a normalised address."""
    query = select(subscribers).where(subscribers.c.email_key == comparable(email))
    return connection.execute(query).one_or_none()


def with_topics(connection: Connection, found: Sequence[Row[Any]]) -> list[Subscriber]:
    """Subscribers of rows, with the topics of all of them read at once."""
    asked = _read_topics(connection, [row.id for row in found])
    return [to_subscriber(row, asked[row.id]) for row in found]


def write(connection: Connection, number: int | None, values: Mapping[str, Any]) -> int:
    """Inserts a subscriber, or writes over the one of this id; returns the id."""
    if number is not None:
        change(connection, number, values)
        return number
    result = connection.execute(insert(subscribers).values(**values).returning(subscribers.c.id))
    return int(result.scalar_one())


def change(connection: Connection, number: int, values: Mapping[str, Any]) -> bool:
    """Writes some columns; whether there was such a subscriber."""
    statement = update(subscribers).where(subscribers.c.id == number).values(**values)
    return bool(connection.execute(statement).rowcount)


def record(connection: Connection, number: int, given: Consent) -> None:
    """One more line of a subscriber's history."""
    connection.execute(
        insert(consents).values(
            subscriber_id=number,
            action=given.action,
            at=given.at,
            source=given.source,
            text_version=given.text_version,
        )
    )


def write_topics(connection: Connection, asked: Mapping[int, Sequence[Topic]]) -> None:
    """Replaces the topics of some subscribers."""
    numbers = list(asked)
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        connection.execute(
            delete(subscriber_topics).where(subscriber_topics.c.subscriber_id.in_(chunk))
        )
    ids = topic_ids(connection, {topic.text for wanted in asked.values() for topic in wanted})
    lines = [
        {
            "subscriber_id": number,
            "position": position,
            "topic_id": ids[topic.text],
            "excluded": topic.excluded,
            "paused": topic.paused,
            "muted_until": topic.muted_until,
        }
        for number, wanted in asked.items()
        for position, topic in enumerate(wanted)
    ]
    if lines:
        connection.execute(insert(subscriber_topics), lines)


def topic_ids(connection: Connection, texts: Iterable[str]) -> dict[str, int]:
    """The ids of topic texts; those not known yet are stored."""
    wanted = {_hash(text): text for text in texts}
    known = _known_topics(connection, list(wanted))
    new = [{"text_hash": key, "text": text} for key, text in wanted.items() if key not in known]
    if new:
        connection.execute(insert(topics), new)
        known = _known_topics(connection, list(wanted))
    return {text: known[key] for key, text in wanted.items()}


def _known_topics(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for start in range(0, len(keys), _CHUNK):
        query = select(topics.c.text_hash, topics.c.id).where(
            topics.c.text_hash.in_(keys[start : start + _CHUNK])
        )
        known.update((key, number) for key, number in connection.execute(query))
    return known


def _read_topics(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Topic]]:
    found: dict[int, list[Topic]] = defaultdict(list)
    for start in range(0, len(numbers), _CHUNK):
        query = (
            select(subscriber_topics, topics.c.text)
            .join(topics, topics.c.id == subscriber_topics.c.topic_id)
            .where(subscriber_topics.c.subscriber_id.in_(numbers[start : start + _CHUNK]))
            .order_by(subscriber_topics.c.subscriber_id, subscriber_topics.c.position)
        )
        for row in connection.execute(query):
            found[row.subscriber_id].append(
                Topic(
                    text=row.text,
                    excluded=row.excluded,
                    paused=row.paused,
                    muted_until=row.muted_until,
                )
            )
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
