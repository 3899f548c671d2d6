"""Words that readers took out of what was learnt from their likes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "words_out",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("stem", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_words_out_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "stem", name="pk_words_out"),
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("words_out")
