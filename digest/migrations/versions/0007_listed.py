"""Editions: how many papers the source listed in its last good answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """To this schema."""
    op.add_column("editions", sa.Column("listed", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("editions") as editions:
        editions.drop_column("listed")
