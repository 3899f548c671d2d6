"""Tallies tell why of every state: what was counted before is counted again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """To this schema."""
    _made_anew(200)


def downgrade() -> None:
    """Back."""
    _made_anew(80)


def _made_anew(reason: int) -> None:
    """The tallies hold nothing that the outbox does not."""
    op.drop_table("delivery_days")
    op.create_table(
        "delivery_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("reason", sa.String(reason), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.execute(sa.text("DELETE FROM domain_days"))
    op.execute(sa.text("DELETE FROM counted_days"))
