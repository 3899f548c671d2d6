"""Likes and dislikes as they were given: one of a reader and a paper, the last word counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Engine, ForeignKey, String, Table, delete, func, select

from subscribers.storage import UtcDateTime, inserting, writing
from subscribers.tables import metadata, subscribers

likes = Table(
    "likes",
    metadata,
    Column(
        "subscriber_id",
        ForeignKey(subscribers.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("paper", String(500), primary_key=True),
    Column("liked", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Given:
    """One like or dislike.

    Attributes:
        paper: the paper's key.
        liked: False is a dislike.
        at: when it was given, in UTC.
    """

    paper: str
    liked: bool
    at: datetime


class LikeStore:
    """The likes and dislikes of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def give(self, number: int, paper: str, *, liked: bool, at: datetime) -> None:
        """A reader likes or dislikes a paper; what they said of it before is gone."""
        values = {"subscriber_id": number, "paper": paper, "liked": liked, "at": at}
        with writing(self._engine).begin() as connection:
            new = inserting(connection, likes).values(**values)
            changed = {"liked": liked, "at": at}
            connection.execute(
                new.on_conflict_do_update(index_elements=["subscriber_id", "paper"], set_=changed)
            )

    def take_back(self, number: int, paper: str) -> bool:
        """Forgets what a reader said of a paper; whether there was anything."""
        one = (likes.c.subscriber_id == number) & (likes.c.paper == paper)
        with writing(self._engine).begin() as connection:
            return bool(connection.execute(delete(likes).where(one)).rowcount)

    def given(self, number: int) -> list[Given]:
        """A reader's likes and dislikes, the latest first."""
        query = select(likes).where(likes.c.subscriber_id == number).order_by(likes.c.at.desc())
        with self._engine.connect() as connection:
            return [Given(row.paper, row.liked, row.at) for row in connection.execute(query)]

    def learners(self, enough: int) -> frozenset[int]:
        """Who has liked at least so many papers: of the others nothing is learnt yet."""
        liked = likes.c.liked.is_(True)
        counted = select(likes.c.subscriber_id).where(liked).group_by(likes.c.subscriber_id)
        with self._engine.connect() as connection:
            return frozenset(connection.execute(counted.having(func.count() >= enough)).scalars())
