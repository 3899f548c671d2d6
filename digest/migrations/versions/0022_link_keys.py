"""Fingerprints of the keys that readers' links are made with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "link_keys",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("link_keys")
