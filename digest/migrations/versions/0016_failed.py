"""What failed of late is found without reading years of deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """To this schema."""
    failed = sa.text("state = 'failed'")
    op.create_index(
        "ix_deliveries_failed",
        "deliveries",
        ["settled_at"],
        unique=False,
        sqlite_where=failed,
        postgresql_where=failed,
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_deliveries_failed", table_name="deliveries")
