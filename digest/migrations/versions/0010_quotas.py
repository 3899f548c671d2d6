"""What has been spent of a provider's quotas."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "quota_spending",
        sa.Column("relay", sa.String(length=255), nullable=False),
        sa.Column("spent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("relay", name="pk_quota_spending"),
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("quota_spending")
