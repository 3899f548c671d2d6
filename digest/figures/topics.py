"""Which topics readers ask for and what they match; which papers were matched, liked, disliked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Engine, Subquery, func, select

from digest.archive.tables import papers
from digest.figures.asking import readers_of
from digest.figures.tables import matched_days, paper_days, topic_days
from digest.likes.store import likes
from subscribers.tables import subscriber_topics, topics

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """A topic.

    Attributes:
        readers: how many who receive digests have it among their topics, not as an exclusion.
        matches: papers that it matched in the days that were counted.
        days: how many days that were; 0 where none was.
    """

    text: str
    readers: int
    matches: int
    days: int

    @property
    def a_day(self) -> float:
        """Papers a day."""
        return self.matches / self.days if self.days else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """A paper and one figure of it."""

    key: str
    title: str
    number: int


class TopicFigures:
    """The topics of one database, over the last 30 days."""

    def __init__(self, engine: Engine, until: date, count: int = 30) -> None:
        self._engine = engine
        self._since = until - count * _DAY
        self._until = until

    def days(self) -> int:
        """How many days have been counted."""
        c = matched_days.c
        query = select(func.count()).where(c.day > self._since, c.day <= self._until)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def most_wanted(self, most: int = 25) -> list[Interest]:
        """The topics with most readers, with what they match."""
        asked = readers_of().order_by(func.count().desc()).limit(most).subquery()
        return self._interests(asked)

    def never(self, most: int = 25) -> list[Interest]:
        """Topics that matched nothing on any day counted, those with most readers first."""
        if not self.days():
            return []
        c = topic_days.c
        matched = select(c.topic_id).where(c.day > self._since, c.day <= self._until)
        asked = readers_of().where(subscriber_topics.c.topic_id.not_in(matched))
        return self._interests(asked.order_by(func.count().desc()).limit(most).subquery())

    def most_matched(self, most: int = 15) -> list[PaperLine]:
        """The papers that most lines of readers asked for."""
        c = paper_days.c
        query = select(c.paper, c.title, c.asked).where(c.day > self._since, c.day <= self._until)
        query = query.order_by(c.asked.desc(), c.paper).limit(most)
        with self._engine.connect() as connection:
            return [
                PaperLine(key=key, title=title, number=number)
                for key, title, number in connection.execute(query)
            ]

    def most_liked(self, *, liked: bool, most: int = 15) -> list[PaperLine]:
        """The papers that most readers liked, or disliked, of late."""
        c = likes.c
        since = datetime.combine(self._since + _DAY, time(), UTC)
        given = (
            select(c.paper, func.count().label("number"), func.max(c.title).label("imported"))
            .where(c.at >= since, c.liked.is_(liked))
            .group_by(c.paper)
            .order_by(func.count().desc(), c.paper)
            .limit(most)
            .subquery()
        )
        title = func.coalesce(papers.c.title, given.c.imported)
        query = select(given.c.paper, title, given.c.number)
        query = query.join_from(given, papers, papers.c.key == given.c.paper, isouter=True)
        with self._engine.connect() as connection:
            return [
                PaperLine(key=key, title=title or key, number=number)
                for key, title, number in connection.execute(
                    query.order_by(given.c.number.desc(), given.c.paper)
                )
            ]

    def _interests(self, asked: Subquery) -> list[Interest]:
        days, c = self.days(), topic_days.c
        within = (c.day > self._since) & (c.day <= self._until)
        matched = (
            select(func.coalesce(func.sum(c.papers), 0))
            .where(c.topic_id == asked.c.topic_id, within)
            .scalar_subquery()
        )
        query = (
            select(topics.c.text, asked.c.readers, matched)
            .join_from(asked, topics, topics.c.id == asked.c.topic_id)
            .order_by(asked.c.readers.desc(), topics.c.text)
        )
        with self._engine.connect() as connection:
            return [
                Interest(text=text, readers=readers, matches=matches, days=days)
                for text, readers, matches in connection.execute(query)
            ]
