"""How many papers of a day each topic matches, counted once when the day has settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, Select, delete, func, insert, select

from digest.archive.tables import editions
from digest.figures.tables import matched_days, paper_days, topic_days
from digest.model import Edition
from subscribers.model import SubscriptionStatus
from subscribers.storage import inserting, writing
from subscribers.tables import subscriber_topics, subscribers, topics

#: Days further back are not counted any more: today's topics were not asked then.
BACK = 7
_BATCH = 5000

#: From a date and the texts of topics: the edition, and for each topic a mask of its papers.
Evaluate = Callable[[date, Sequence[str]], tuple[Edition, Mapping[str, int]]]


class Matches:
    """Counts what topics match.

    Args:
        evaluate: evaluates topics over a day's edition.
    """

    def __init__(self, engine: Engine, evaluate: Evaluate) -> None:
        self._engine = engine
        self._evaluate = evaluate

    def count(self, now: datetime) -> list[date]:
        """Counts the settled days that were not counted yet; these days."""
        with self._engine.connect() as connection:
            days = _uncounted(connection, now)
            wanted = _topics(connection) if days else {}
        for day in days:
            edition, masks = self._evaluate(day, list(wanted))
            self._write(day, now, edition, masks, wanted)
        return days

    def _write(
        self,
        day: date,
        now: datetime,
        edition: Edition,
        masks: Mapping[str, int],
        wanted: Mapping[str, tuple[int, int]],
    ) -> None:
        matched = {text: mask for text, mask in masks.items() if mask}
        by_topic = [
            {"day": day, "topic_id": wanted[text][0], "papers": mask.bit_count()}
            for text, mask in matched.items()
        ]
        by_paper = _papers(day, edition, matched, wanted)
        told = {"at": now, "papers": len(edition.papers), "topics": len(wanted)}
        with writing(self._engine).begin() as connection:
            new = inserting(connection, matched_days).values(day=day, **told)
            connection.execute(new.on_conflict_do_update(index_elements=["day"], set_=told))
            for table, rows in ((topic_days, by_topic), (paper_days, by_paper)):
                connection.execute(delete(table).where(table.c.day == day))
                for at in range(0, len(rows), _BATCH):
                    connection.execute(insert(table), rows[at : at + _BATCH])


def _uncounted(connection: Connection, now: datetime) -> list[date]:
    c = editions.c
    counted = select(matched_days.c.day)
    query = (
        select(c.date)
        .where(c.date > now.date() - timedelta(days=BACK), c.date.not_in(counted))
        .group_by(c.date)
        .having(func.count() == func.count(c.settled_number))
        .having(func.sum(c.papers) > 0)
        .order_by(c.date)
    )
    return list(connection.execute(query).scalars())


def _topics(connection: Connection) -> dict[str, tuple[int, int]]:
    """The topics in use: number, and by how many readers."""
    lines = readers_of().subquery()
    query = select(topics.c.text, topics.c.id, lines.c.readers)
    query = query.join_from(lines, topics, topics.c.id == lines.c.topic_id)
    return {text: (number, count) for text, number, count in connection.execute(query)}


def readers_of() -> Select[tuple[int, int]]:
    """How many who receive digests ask for each topic: its number, and `readers`."""
    c = subscriber_topics.c
    lines = select(c.topic_id, func.count().label("readers"))
    lines = lines.join(subscribers, subscribers.c.id == c.subscriber_id)
    lines = lines.where(c.excluded.is_(False), subscribers.c.status == SubscriptionStatus.CONFIRMED)
    return lines.group_by(c.topic_id)


def _papers(
    day: date,
    edition: Edition,
    matched: Mapping[str, int],
    wanted: Mapping[str, tuple[int, int]],
) -> list[dict[str, object]]:
    topics_of: Counter[int] = Counter()
    lines_of: Counter[int] = Counter()
    for text, mask in matched.items():
        for number in range(mask.bit_length()):
            if mask >> number & 1:
                topics_of[number] += 1
                lines_of[number] += wanted[text][1]
    return [
        {
            "day": day,
            "paper": edition.papers[n].key,
            "title": edition.papers[n].title,
            "topics": topics_of[n],
            "asked": lines_of[n],
        }
        for n in topics_of
    ]
