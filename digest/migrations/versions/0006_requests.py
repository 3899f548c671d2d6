"""What waits for the person at an address, and how often something was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "counters",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "began_at", name="pk_counters"),
    )
    op.create_index("ix_counters_began_at", "counters", ["began_at"])
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slot", sa.String(length=16), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("text_version", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_requests_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.UniqueConstraint(
            "subscriber_id", "kind", "slot", name="uq_requests_subscriber_id_kind_slot"
        ),
    )
    op.create_index("ix_requests_subscriber_id", "requests", ["subscriber_id"])
    op.create_index("ix_requests_expires_at", "requests", ["expires_at"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_index("ix_requests_expires_at", table_name="requests")
    op.drop_index("ix_requests_subscriber_id", table_name="requests")
    op.drop_table("requests")
    op.drop_index("ix_counters_began_at", table_name="counters")
    op.drop_table("counters")
