"""Tallies of deliveries and of what topics match, and the indices they are counted by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from subscribers.storage import UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """To this schema."""
    _deliveries()
    _topics()
    bounced = sa.text("state = 'bounced'")
    op.create_index(
        "ix_deliveries_bounced",
        "deliveries",
        ["settled_at"],
        sqlite_where=bounced,
        postgresql_where=bounced,
    )
    op.create_index("ix_deliveries_due_at", "deliveries", ["due_at"])
    op.create_index("ix_suppressions_reason_at", "suppressions", ["reason", "at"])
    op.create_index("ix_likes_at_liked_paper", "likes", ["at", "liked", "paper"])


def _deliveries() -> None:
    op.create_table(
        "delivery_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("reason", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "domain_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("domain", sa.Text, primary_key=True),
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("enhanced", sa.String(16), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "counted_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("moving", sa.Boolean, nullable=False),
    )


def _topics() -> None:
    op.create_table(
        "topic_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column(
            "topic_id",
            sa.Integer,
            sa.ForeignKey("topics.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("papers", sa.Integer, nullable=False),
    )
    op.create_index("ix_topic_days_topic_id_day", "topic_days", ["topic_id", "day"])
    op.create_table(
        "paper_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("paper", sa.String(500), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("topics", sa.Integer, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
    )
    op.create_table(
        "matched_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("papers", sa.Integer, nullable=False),
        sa.Column("topics", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_likes_at_liked_paper", table_name="likes")
    op.drop_index("ix_suppressions_reason_at", table_name="suppressions")
    op.drop_index("ix_deliveries_due_at", table_name="deliveries")
    op.drop_index("ix_deliveries_bounced", table_name="deliveries")
    for table in ("matched_days", "paper_days", "topic_days"):
        op.drop_table(table)
    for table in ("counted_days", "domain_days", "delivery_days"):
        op.drop_table(table)
