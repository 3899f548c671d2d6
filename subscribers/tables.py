"""The tables of the subscribers' store.

Topic texts are stored once, whoever asks for them: each distinct one is evaluated once.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.sql import expression

from subscribers.storage import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    # What stands in `suppressions` for this address, so that a claim can see it in SQL.
    Column("suppressed", Boolean, nullable=False, server_default=expression.false()),
    # Nothing is sent before this instant: a rest after soft bounces.
    Column("resting_until", UtcDateTime),
    Column("soft_bounces", SmallInteger, nullable=False, server_default="0"),
    Column("cadence", String(16), nullable=False),
    Column("weekday", SmallInteger, nullable=False),
    Column("hour", SmallInteger, nullable=False),
    Column("minute", SmallInteger, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("latest_hour", SmallInteger),
    Column("catch_up", Boolean, nullable=False),
    # When the schedule is next due, in UTC; null is never.
    Column("due_at", UtcDateTime),
    # The highest number, in the sequence of settled editions, of what they were given.
    Column("had_number", Integer, nullable=False, server_default="0"),
    Column("template", String(64), nullable=False),
    Column("locale", String(16), nullable=False),
    Column("max_papers", SmallInteger, nullable=False),
    Column("near", Boolean, nullable=False),
    Column("also_trending", Boolean, nullable=False),
    Column("when_nothing", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Index("ix_subscribers_status_due_at", "status", "due_at"),
    # An id is never used again: links of an erased subscriber must not fit a later one.
    sqlite_autoincrement=True,
)

topics = Table(
    "topics",
    metadata,
    Column("id", Integer, primary_key=True),
    # PostgreSQL cannot index a text of any length: its SHA-256 is unique instead.
    Column("text_hash", String(64), nullable=False, unique=True),
    Column("text", Text, nullable=False),
)

subscriber_topics = Table(
    "subscriber_topics",
    metadata,
    Column(
        "subscriber_id",
        ForeignKey(subscribers.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", SmallInteger, primary_key=True),
    Column("topic_id", ForeignKey(topics.c.id), nullable=False, index=True),
    Column("excluded", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("muted_until", Date),
)

# Each with the instant until which it held: what became of a past day is told by it.
past_schedules = Table(
    "past_schedules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "subscriber_id",
        ForeignKey(subscribers.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("until", UtcDateTime, nullable=False),
    Column("cadence", String(16), nullable=False),
    Column("weekday", SmallInteger, nullable=False),
    Column("hour", SmallInteger, nullable=False),
    Column("minute", SmallInteger, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("latest_hour", SmallInteger),
    Column("catch_up", Boolean, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "subscriber_id",
        ForeignKey(subscribers.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("action", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("source", String(32), nullable=False),
    Column("text_version", String(32), nullable=False),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("reason", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_suppressions_reason_at", "reason", "at"),
)

token_uses = Table(
    "token_uses",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
