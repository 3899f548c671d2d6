"""The tallies' tables. All of it can be counted again from the outbox and the archive."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from subscribers.storage import UtcDateTime
from subscribers.tables import metadata, topics

__all__ = [
    "consent_days",
    "counted_days",
    "delivery_days",
    "domain_days",
    "matched_days",
    "metadata",
]

# A day in UTC is the day on which a delivery was due.
delivery_days = Table(
    "delivery_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("reason", String(200), primary_key=True),
    Column("number", Integer, nullable=False),
)

domain_days = Table(
    "domain_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("enhanced", String(16), primary_key=True),
    Column("number", Integer, nullable=False),
)

counted_days = Table(
    "counted_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    # Something of it had not ended, so that it is counted again.
    Column("moving", Boolean, nullable=False),
)

# How many subscriptions stood where when a day, in UTC, was counted last.
consent_days = Table(
    "consent_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("status", String(16), primary_key=True),
    Column("number", Integer, nullable=False),
)

# Only topics that matched have a row: that a day was looked at is told by `matched_days`.
topic_days = Table(
    "topic_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("topic_id", ForeignKey(topics.c.id, ondelete="CASCADE"), primary_key=True),
    Column("papers", Integer, nullable=False),
    Index("ix_topic_days_topic_id_day", "topic_id", "day"),
)

paper_days = Table(
    "paper_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("paper", String(500), primary_key=True),
    Column("title", Text, nullable=False),
    Column("topics", Integer, nullable=False),
    # Readers' lines: who asks for it by two topics counts twice.
    Column("asked", Integer, nullable=False),
)

matched_days = Table(
    "matched_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("papers", Integer, nullable=False),
    Column("topics", Integer, nullable=False),
)
