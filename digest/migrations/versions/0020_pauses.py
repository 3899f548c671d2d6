"""Pauses of domains, as senders keep them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from subscribers.storage import UtcDateTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "pauses",
        sa.Column("domain", sa.Text, primary_key=True),
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("pauses")
