"""What readers liked and disliked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "likes",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(length=500), nullable=False),
        sa.Column("liked", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_likes_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "paper", name="pk_likes"),
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("likes")
