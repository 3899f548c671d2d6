"""Likes and dislikes as they were given: one of a reader and a paper, the last word counts.

Beside them the words that a reader took out of what was learnt from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Engine,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    delete,
    func,
    select,
    text,
)

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
    # Of a paper that the archive may not hold: as it was imported.
    Column("title", Text, nullable=False, server_default=text("''")),
    Column("abstract", Text, nullable=False, server_default=text("''")),
    Index("ix_likes_at_liked_paper", "at", "liked", "paper"),
)

words_out = Table(
    "words_out",
    metadata,
    Column(
        "subscriber_id",
        ForeignKey(subscribers.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("stem", String(200), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Given:
    """One like or dislike.

    Attributes:
        paper: the paper's key.
        liked: False is a dislike.
        at: when it was given, in UTC.
        title: as it was imported, "" where it was not.
        abstract: the same.
    """

    paper: str
    liked: bool
    at: datetime
    title: str = ""
    abstract: str = ""


class LikeStore:
    """The likes and dislikes of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def give(self, number: int, paper: str, *, liked: bool, at: datetime) -> None:
        """A reader likes or dislikes a paper; what they said of it before is gone."""
        self.give_all(number, [Given(paper, liked, at)])

    def give_all(self, number: int, given: Sequence[Given]) -> None:
        """The same of many papers, all or none. A title that is known already stays."""
        if not given:
            return
        rows = [{"subscriber_id": number, **asdict(one)} for one in given]
        with writing(self._engine).begin() as connection:
            new = inserting(connection, likes)
            changed = {name: new.excluded[name] for name in ("liked", "at")}
            changed |= {n: _filled(new.excluded[n], likes.c[n]) for n in ("title", "abstract")}
            same = ["subscriber_id", "paper"]
            connection.execute(new.on_conflict_do_update(index_elements=same, set_=changed), rows)

    def take_back(self, number: int, paper: str) -> bool:
        """Forgets what a reader said of a paper; whether there was anything."""
        one = (likes.c.subscriber_id == number) & (likes.c.paper == paper)
        with writing(self._engine).begin() as connection:
            return bool(connection.execute(delete(likes).where(one)).rowcount)

    def given(self, number: int) -> list[Given]:
        """A reader's likes and dislikes, the latest first."""
        query = (
            select(likes)
            .where(likes.c.subscriber_id == number)
            .order_by(likes.c.at.desc(), likes.c.paper)
        )
        with self._engine.connect() as connection:
            return [
                Given(row.paper, row.liked, row.at, row.title, row.abstract)
                for row in connection.execute(query)
            ]

    def learners(self, enough: int) -> frozenset[int]:
        """Who has liked at least so many papers: of the others nothing is learnt yet."""
        liked = likes.c.liked.is_(True)
        counted = select(likes.c.subscriber_id).where(liked).group_by(likes.c.subscriber_id)
        with self._engine.connect() as connection:
            return frozenset(connection.execute(counted.having(func.count() >= enough)).scalars())

    def take_out(self, number: int, stem: str, at: datetime) -> None:
        """A word counts no more in what was learnt from a reader's likes."""
        values = {"subscriber_id": number, "stem": stem, "at": at}
        with writing(self._engine).begin() as connection:
            new = inserting(connection, words_out).values(**values)
            unique = ["subscriber_id", "stem"]
            connection.execute(new.on_conflict_do_nothing(index_elements=unique))

    def put_back(self, number: int, stem: str) -> None:
        """A word that was taken out counts again."""
        one = (words_out.c.subscriber_id == number) & (words_out.c.stem == stem)
        with writing(self._engine).begin() as connection:
            connection.execute(delete(words_out).where(one))

    def taken_out(self, number: int) -> list[str]:
        """The stems of the words that a reader took out, the latest first."""
        query = select(words_out.c.stem).where(words_out.c.subscriber_id == number)
        latest = query.order_by(words_out.c.at.desc(), words_out.c.stem)
        with self._engine.connect() as connection:
            return list(connection.execute(latest).scalars())


def _filled(new: ColumnElement[str], known: ColumnElement[str]) -> ColumnElement[str]:
    """The new text where there is one."""
    return func.coalesce(func.nullif(new, ""), known)
