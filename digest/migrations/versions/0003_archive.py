"""The archive: editions, their papers, votes, returns and frozen copies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """To this schema."""
    _create_editions()
    _create_papers()
    _create_paper_aliases()
    _create_paper_votes()
    _create_paper_returns()
    _create_frozen_papers()


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("frozen_papers")
    op.drop_table("paper_returns")
    op.drop_table("paper_votes")
    op.drop_index("ix_paper_aliases_paper_id", table_name="paper_aliases")
    op.drop_table("paper_aliases")
    op.drop_index("ix_papers_edition_id_position", table_name="papers")
    op.drop_index("ix_papers_title_hash", table_name="papers")
    op.drop_table("papers")
    op.drop_table("editions")


def _create_editions() -> None:
    op.create_table(
        "editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("problem_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_editions"),
        sa.UniqueConstraint("date", "source", name="uq_editions_date_source"),
    )


def _create_papers() -> None:
    op.create_table(
        "papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title_hash", sa.String(length=64), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("listed_upvotes", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_papers"),
        sa.UniqueConstraint("key", name="uq_papers_key"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_papers_edition_id"),
    )
    op.create_index("ix_papers_title_hash", "papers", ["title_hash"], unique=False)
    op.create_index(
        "ix_papers_edition_id_position", "papers", ["edition_id", "position"], unique=False
    )


def _create_paper_aliases() -> None:
    op.create_table(
        "paper_aliases",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_paper_aliases"),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name="fk_paper_aliases_paper_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_paper_aliases_paper_id", "paper_aliases", ["paper_id"], unique=False)


def _create_paper_votes() -> None:
    op.create_table(
        "paper_votes",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("upvotes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("paper_id", "at", name="pk_paper_votes"),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name="fk_paper_votes_paper_id", ondelete="CASCADE"
        ),
    )


def _create_paper_returns() -> None:
    op.create_table(
        "paper_returns",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "paper_id", name="pk_paper_returns"),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
            name="fk_paper_returns_edition_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name="fk_paper_returns_paper_id", ondelete="CASCADE"
        ),
    )


def _create_frozen_papers() -> None:
    op.create_table(
        "frozen_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_frozen_papers"),
        sa.UniqueConstraint("content_hash", name="uq_frozen_papers_content_hash"),
        sqlite_autoincrement=True,
    )
