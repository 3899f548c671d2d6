"""The schedule: who had which edition, and what became of runs and of days without mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """To this schema."""
    with op.batch_alter_table("editions") as editions:
        editions.add_column(sa.Column("settled_number", sa.Integer(), nullable=True))
        editions.create_unique_constraint("uq_editions_settled_number", ["settled_number"])
    op.add_column(
        "subscribers",
        sa.Column("had_number", sa.Integer(), server_default="0", nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_seen_at", "runs", ["seen_at"], unique=False)
    op.create_table(
        "reader_days",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_reader_days_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "day", name="pk_reader_days"),
    )
    op.create_index("ix_reader_days_day_outcome", "reader_days", ["day", "outcome"], unique=False)


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("reader_days")
    op.drop_table("runs")
    op.drop_column("subscribers", "had_number")
    with op.batch_alter_table("editions") as editions:
        editions.drop_constraint("uq_editions_settled_number", type_="unique")
        editions.drop_column("settled_number")
