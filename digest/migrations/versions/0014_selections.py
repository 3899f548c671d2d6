"""What a delivery's message is made of leaves its row, which every claim writes again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_FROZEN = {"selection": "TEXT", "template": "VARCHAR(64)", "template_hash": "VARCHAR(64)"}


def upgrade() -> None:
    """To this schema."""
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "selections",
        sa.Column("delivery_id", big_id, autoincrement=False, nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("template_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name="fk_selections_delivery_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_selections"),
    )
    op.execute(
        "INSERT INTO selections (delivery_id, selection, template, template_hash)"
        " SELECT id, selection, template, template_hash FROM deliveries ORDER BY id"
    )
    # In the databases' own words: Alembic would copy SQLite's table, and the old one, when it is
    # dropped, would take along all that refers to it.
    for name in _FROZEN:
        op.execute(f"ALTER TABLE deliveries DROP COLUMN {name}")


def downgrade() -> None:
    """Back to the one before."""
    for name, kind in _FROZEN.items():
        op.execute(f"ALTER TABLE deliveries ADD COLUMN {name} {kind} DEFAULT '' NOT NULL")
    op.execute(
        "UPDATE deliveries SET selection = s.selection, template = s.template,"
        " template_hash = s.template_hash FROM selections AS s WHERE s.delivery_id = deliveries.id"
    )
    op.drop_table("selections")
