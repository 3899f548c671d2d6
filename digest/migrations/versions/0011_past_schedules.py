"""The schedules that readers had before the present one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from digest.database import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "past_schedules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("cadence", sa.String(length=16), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("minute", sa.SmallInteger(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("latest_hour", sa.SmallInteger()),
        sa.Column("catch_up", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_past_schedules_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_past_schedules"),
    )
    op.create_index("ix_past_schedules_subscriber_id", "past_schedules", ["subscriber_id"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("past_schedules")
