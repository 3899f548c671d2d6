"""The tables of the archive."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from digest.database import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

editions = Table(
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("date", Date, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("papers", Integer, nullable=False),
    Column("listed", Integer, nullable=False, server_default="0"),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("fetched_at", UtcDateTime),
    Column("problem", Text, nullable=False),
    Column("problem_since", UtcDateTime),
    # Its place in the sequence of settling, by which readers are known to have had it.
    Column("settled_number", Integer, unique=True),
    UniqueConstraint("date", "source"),
)

papers = Table(
    "papers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("title_hash", String(64), nullable=False, index=True),
    # Null while a paper that came late waits for the next edition of `source` past `seen_on`.
    Column("edition_id", ForeignKey(editions.c.id)),
    Column("position", Integer, nullable=False),
    Column("source", String(64), nullable=False),
    Column("seen_on", Date, nullable=False),
    # Votes when its edition was closed, or when it last came back: what growth is measured by.
    Column("listed_upvotes", Integer),
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("details", Text, nullable=False),  # JSON: all the other fields
    Index("ix_papers_edition_id_position", "edition_id", "position"),
)

aliases = Table(
    "paper_aliases",
    metadata,
    Column("key", Text, primary_key=True),
    Column("paper_id", ForeignKey(papers.c.id, ondelete="CASCADE"), nullable=False, index=True),
)

votes = Table(
    "paper_votes",
    metadata,
    Column("paper_id", ForeignKey(papers.c.id, ondelete="CASCADE"), primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    Column("upvotes", Integer, nullable=False),
)

returns = Table(
    "paper_returns",
    metadata,
    Column("edition_id", ForeignKey(editions.c.id, ondelete="CASCADE"), primary_key=True),
    Column("paper_id", ForeignKey(papers.c.id, ondelete="CASCADE"), primary_key=True),
    Column("reason", Text, nullable=False),
)

frozen = Table(
    "frozen_papers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("content_hash", String(64), nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False),  # zlib over JSON in one spelling
    sqlite_autoincrement=True,
)
