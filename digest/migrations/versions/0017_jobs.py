"""The job queue of several machines, on PostgreSQL; SQLite has one machine and needs none."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """To this schema."""
    if op.get_bind().dialect.name == "postgresql":
        from digest.workers import schema

        schema.create(op.get_bind())


def downgrade() -> None:
    """Back to the one before."""
    if op.get_bind().dialect.name == "postgresql":
        from digest.workers import schema

        schema.drop(op.get_bind())
