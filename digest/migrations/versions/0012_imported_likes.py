"""Titles and abstracts of likes that were imported, for papers that the archive does not hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """To this schema."""
    for name in ("title", "abstract"):
        op.add_column(
            "likes", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))
        )


def downgrade() -> None:
    """Back to the one before."""
    for name in ("abstract", "title"):
        op.drop_column("likes", name)
