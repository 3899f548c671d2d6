"""What the operator holds back, and what they did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "holds",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name="pk_holds"),
    )
    held = sa.text("state = 'held'")
    op.create_index(
        "ix_deliveries_held",
        "deliveries",
        ["domain"],
        unique=False,
        sqlite_where=held,
        postgresql_where=held,
    )
    op.create_table(
        "acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_acts_subscriber_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_acts"),
    )
    op.create_index("ix_acts_subscriber_id", "acts", ["subscriber_id"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("acts")
    op.drop_index("ix_deliveries_held", table_name="deliveries")
    op.drop_table("holds")
