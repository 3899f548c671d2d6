"""The archive: one class over its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain, groupby

from sqlalchemy import Engine, func, or_, select

from digest import editions as decide
from digest.archive import tables as t
from digest.archive.frozen import freeze, thaw
from digest.archive.growth import LONGEST, with_trends
from digest.archive.ingest import store_day
from digest.archive.known import Finder, blocks
from digest.archive.queries import (
    containing,
    date_row,
    edition_row,
    listing,
    load,
    lock,
    put_standing,
    span,
)
from digest.archive.rows import paper_of, source_row, standing_of
from digest.archive.settling import number_settled, settle, settled_since
from digest.archive.values import DateRow, StoreResult
from digest.database import writing
from digest.errors import UnknownEdition
from digest.model import Edition, Paper, SourceDay
from digest.occasions import Settled

BLOCK = 500  # rows read at once where many are streamed


class Archive:
    """Editions, their papers, and frozen copies of what was selected.

    Synchronous; every method is one transaction. Asynchronous code calls it in a thread.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def store(
        self, days: Sequence[SourceDay], progress: Callable[[SourceDay], None] | None = None
    ) -> StoreResult:
        """Takes in answers of sources, all or none, the earliest day first.

        An answer that is empty or stale where papers are known leaves them and their state
        alone and is recorded as a problem.

        Args:
            days: answers; several of one source and day are taken as one.
            progress: called after each.
        """
        result = StoreResult()
        with writing(self.engine).begin() as connection:
            lock(connection)
            for day in decide.gathered(days):
                result += store_day(connection, day)
                if progress:
                    progress(day)
        return result

    def record_failure(self, source: str, day: date, reason: str, at: datetime) -> None:
        """Notes that a pull failed; what the archive has of this day is left alone."""
        with writing(self.engine).begin() as connection:
            lock(connection)
            row = connection.execute(edition_row(source, day)).one_or_none()
            after = decide.after_failure(standing_of(row) if row else None, reason, at)
            put_standing(connection, source, day, row, after)

    def settle(self, source: str, day: date, at: datetime) -> None:
        """Closes an edition that fills: what comes from now on is late.

        Raises:
            UnknownEdition: the archive has none of this source and day.
        """
        with writing(self.engine).begin() as connection:
            settle(connection, source, day, at)

    def number_settled(self) -> list[Settled]:
        """Gives every settled edition that has none yet its number in the sequence."""
        with writing(self.engine).begin() as connection:
            return number_settled(connection)

    def settled(self, since: date) -> list[Settled]:
        """The numbered editions of these and later dates, by number."""
        with self.engine.connect() as connection:
            return settled_since(connection, since)

    def edition(self, day: date) -> Edition:
        """All sources' papers of one date, each once.

        Raises:
            UnknownEdition: no source has been asked for it.
        """
        found = self.editions(day)
        if not found:
            raise UnknownEdition(date=day)
        return decide.combine(found)

    def editions(self, day: date) -> list[Edition]:
        """What each source has of one date, by name; without any the list is empty."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(t.editions).where(t.editions.c.date == day).order_by(t.editions.c.source)
            ).all()
            return [load(connection, row) for row in rows]

    def standing(self, source: str, day: date) -> decide.Standing | None:
        """Where one source's edition stands; None where the source was never asked."""
        with self.engine.connect() as connection:
            row = connection.execute(edition_row(source, day)).one_or_none()
        return standing_of(row) if row else None

    def latest(self) -> date | None:
        """The last date that has papers."""
        query = select(func.max(t.editions.c.date)).where(t.editions.c.papers > 0)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def paper(self, key: str) -> Paper | None:
        """A paper by its key, or by one that it had before its id was learnt."""
        renamed = select(t.aliases.c.paper_id).where(t.aliases.c.key == key)
        query = select(t.papers).where(or_(t.papers.c.key == key, t.papers.c.id.in_(renamed)))
        with self.engine.connect() as connection:
            row = connection.execute(query.order_by(t.papers.c.key != key)).first()
        return paper_of(row) if row else None

    def known(self, keys: Iterable[str]) -> dict[str, Paper]:
        """Papers by their present keys; those that the archive does not have are left out."""
        with self.engine.connect() as connection:
            rows = chain.from_iterable(
                connection.execute(select(t.papers).where(t.papers.c.key.in_(block)))
                for block in blocks(list(keys))
            )
            return {row.key: paper_of(row) for row in rows}

    def find(self, papers: Sequence[Paper]) -> dict[str, Paper]:
        """What the archive has of papers that are known from elsewhere, by their keys there.

        A paper is found by its key, by one that it had, or by its title.
        """
        with self.engine.connect() as connection:
            finder = Finder.load(connection, papers)
        found = {paper.key: finder.match(paper) for paper in papers}
        return {key: known.paper for key, known in found.items() if known is not None}

    def papers(self, since: date | None = None, until: date | None = None) -> Iterator[Paper]:
        """The papers of a span of days, the earliest first, read in blocks."""
        return (paper for _, paper in self.listed(since, until))

    def listed(
        self, since: date | None = None, until: date | None = None
    ) -> Iterator[tuple[date, Paper]]:
        """The same, each with the date of its edition."""
        query = span(listing(), since, until).order_by(
            t.editions.c.date, t.editions.c.source, t.papers.c.position, t.papers.c.id
        )
        with self.engine.connect() as connection:
            rows = connection.execution_options(yield_per=BLOCK).execute(query)
            for row in rows:
                yield row.edition_date, paper_of(row)

    def search(
        self,
        words: str,
        since: date | None = None,
        until: date | None = None,
        *,
        limit: int = 50,
        offset: int = 0,
    ) -> list[tuple[date, Paper]]:
        """Papers in which every word stands somewhere, the latest first.

        Words are parts of title, abstract, authors, organisation or keywords; case plays no
        part in ASCII letters.
        """
        query = span(listing(), since, until)
        for word in words.split():
            query = query.where(containing(word))
        query = query.order_by(t.editions.c.date.desc(), t.papers.c.position, t.papers.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(query.limit(limit).offset(offset)).all()
        return [(row.edition_date, paper_of(row)) for row in rows]

    def waiting(self) -> list[Paper]:
        """Papers that came late and wait for the next edition of their source."""
        query = select(t.papers).where(t.papers.c.edition_id.is_(None)).order_by(t.papers.c.id)
        with self.engine.connect() as connection:
            return [paper_of(row) for row in connection.execute(query)]

    def votes(self, key: str) -> list[tuple[datetime, int]]:
        """How the votes of a paper grew: one point for each change that was seen."""
        query = (
            select(t.votes.c.at, t.votes.c.upvotes)
            .join(t.papers, t.papers.c.id == t.votes.c.paper_id)
            .where(t.papers.c.key == key)
            .order_by(t.votes.c.at)
        )
        with self.engine.connect() as connection:
            return [(row.at, row.upvotes) for row in connection.execute(query)]

    def with_trends(self, edition: Edition, since: date, at: datetime) -> Edition:
        """The edition, its papers with how their votes grew up to an instant.

        Args:
            edition: of one day, or of several.
            since: its first day: so many days back is looked, one at least.
            at: the instant. Where votes were not seen to grow, a paper stays as it is.
        """
        days = min(max((at.date() - since).days, 1), LONGEST)
        with self.engine.connect() as connection:
            return with_trends(connection, edition, at, timedelta(days=days))

    def freeze(self, papers: Sequence[Paper]) -> int:
        """A copy of papers that never changes; the same papers have the same number.

        A delivery refers to it, so that its message can be rendered again to the same bytes
        when the archive has learnt more in the meantime.
        """
        with writing(self.engine).begin() as connection:
            return freeze(connection, papers)

    def thaw(self, number: int) -> tuple[Paper, ...]:
        """The papers of a frozen copy, as they were.

        Raises:
            UnknownFrozenCopy: there is none of this number.
        """
        with self.engine.connect() as connection:
            return thaw(connection, number)

    # The last of the methods: those above mean the built-in by this name.
    def list(self, since: date | None = None, until: date | None = None) -> list[DateRow]:
        """The dates of a span, the latest first, without their papers."""
        query = span(select(t.editions), since, until)
        query = query.order_by(t.editions.c.date.desc(), t.editions.c.source)
        with self.engine.connect() as connection:
            rows = [source_row(row) for row in connection.execute(query)]
        return [date_row(day, tuple(own)) for day, own in groupby(rows, lambda row: row.date)]
