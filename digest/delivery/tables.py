"""The outbox's tables: one row per (subscriber, kind, occasion), written before anything is sent.

A delivery's row is written again by its claim and by its settlement, so it is small. What its
message is made of is a hundred times as long and never changes: it stands in a table of its own,
written once.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    select,
)

from subscribers.storage import UtcDateTime
from subscribers.tables import metadata, subscribers

__all__ = ["deliveries", "metadata", "selections", "whole"]

BigId = BigInteger().with_variant(Integer, "sqlite")

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigId, primary_key=True),
    # Who is erased takes their deliveries along: a row holds an address.
    Column("subscriber_id", ForeignKey(subscribers.c.id, ondelete="CASCADE"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("occasion", String(80), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    # When it may be claimed: due, retried, or taken over because a lease ran out. Null: ended.
    Column("next_attempt_at", UtcDateTime),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("uncertain", SmallInteger, nullable=False, server_default="0"),
    Column("owner", String(64), nullable=False),
    Column("token", Integer, nullable=False, server_default="0"),
    Column("snapshot", BigInteger),
    Column("key_id", SmallInteger, nullable=False),
    Column("code", SmallInteger, nullable=False, server_default="0"),
    Column("enhanced", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("subscriber_id", "kind", "occasion"),
    sqlite_autoincrement=True,
)

#: What each delivery's message is made of: every delivery has one row.
selections = Table(
    "selections",
    metadata,
    # Not Integer alone: that would number itself.
    Column(
        "delivery_id",
        BigId,
        ForeignKey(deliveries.c.id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("selection", Text, nullable=False),
    Column("template", String(64), nullable=False),
    Column("template_hash", String(64), nullable=False),
)

# Only what waits stands in this index, so that a claim costs the same after years of digests.
Index(
    "ix_deliveries_next_attempt_at",
    deliveries.c.next_attempt_at,
    deliveries.c.id,
    sqlite_where=deliveries.c.next_attempt_at.is_not(None),
    postgresql_where=deliveries.c.next_attempt_at.is_not(None),
)

# What the operator holds, found without reading years of digests.
Index(
    "ix_deliveries_held",
    deliveries.c.domain,
    sqlite_where=deliveries.c.state == "held",
    postgresql_where=deliveries.c.state == "held",
)

# What failed of late, found likewise: somebody is told of it.
Index(
    "ix_deliveries_failed",
    deliveries.c.settled_at,
    sqlite_where=deliveries.c.state == "failed",
    postgresql_where=deliveries.c.state == "failed",
)

# What bounced of late, likewise: the tallies of its day are counted again.
Index(
    "ix_deliveries_bounced",
    deliveries.c.settled_at,
    sqlite_where=deliveries.c.state == "bounced",
    postgresql_where=deliveries.c.state == "bounced",
)

# A day's deliveries, to count them.
Index("ix_deliveries_due_at", deliveries.c.due_at)


def whole() -> Select[Any]:
    """All columns of deliveries, with what their messages are made of."""
    c = selections.c
    columns = (deliveries, c.selection, c.template, c.template_hash)
    return select(*columns).join_from(deliveries, selections)


def unended(
    only: Collection[int] | None = None, between: tuple[int, int] | None = None
) -> list[ColumnElement[bool]]:
    """The conditions of what still waits: of all, of subscribers with these ids, of a shard."""
    conditions: list[ColumnElement[bool]] = [deliveries.c.next_attempt_at.is_not(None)]
    if only is not None:
        conditions.append(deliveries.c.subscriber_id.in_(only))
    if between is not None:
        conditions.append(deliveries.c.id.between(*between))
    return conditions
