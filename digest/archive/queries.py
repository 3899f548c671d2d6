"""The archive's questions to the database, and its rules for writing."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, or_, select, text, update

from digest.archive import tables as t
from digest.archive.rows import edition_of, paper_of, standing_values
from digest.archive.values import DateRow, SourceRow
from digest.editions import Standing, combined_state
from digest.model import Edition


def lock(connection: Connection, table: Table = t.editions) -> None:
    """One writer at a time: two that add the same paper would meet in a unique key.

    SQLite has but one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def edition_row(source: str, day: date) -> Select[Any]:
    """One source's edition of a day."""
    return select(t.editions).where(t.editions.c.source == source, t.editions.c.date == day)


def put_standing(
    connection: Connection, source: str, day: date, row: Row[Any] | None, standing: Standing
) -> None:
    """Writes where an edition stands, into its row or a new one."""
    values = standing_values(standing)
    if row is None:
        connection.execute(t.editions.insert().values(source=source, date=day, **values))
    else:
        connection.execute(update(t.editions).where(t.editions.c.id == row.id).values(**values))


def load(connection: Connection, row: Row[Any]) -> Edition:
    """An edition with its papers and those that came back."""
    papers = (
        select(t.papers)
        .where(t.papers.c.edition_id == row.id)
        .order_by(t.papers.c.position, t.papers.c.id)
    )
    back = (
        select(t.papers, t.returns.c.reason.label("returned"))
        .join(t.returns, t.returns.c.paper_id == t.papers.c.id)
        .where(t.returns.c.edition_id == row.id)
        .order_by(t.papers.c.id)
    )
    returned = connection.execute(back).all()
    return edition_of(
        row,
        tuple(paper_of(found) for found in connection.execute(papers)),
        tuple((found.key, found.returned) for found in returned),
    )


def listing() -> Select[Any]:
    """Papers with the date of their edition as `edition_date`."""
    joined = t.papers.join(t.editions, t.papers.c.edition_id == t.editions.c.id)
    return select(t.papers, t.editions.c.date.label("edition_date")).select_from(joined)


def span(query: Select[Any], since: date | None, until: date | None) -> Select[Any]:
    """Only editions of these days, both ends included."""
    if since is not None:
        query = query.where(t.editions.c.date >= since)
    return query if until is None else query.where(t.editions.c.date <= until)


def containing(word: str) -> ColumnElement[bool]:
    """Papers in which a word stands somewhere."""
    columns = (t.papers.c.title, t.papers.c.abstract, t.papers.c.details)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def date_row(day: date, own: tuple[SourceRow, ...]) -> DateRow:
    """One date out of what each source has of it."""
    told = [(row.source, row.standing.reason) for row in own if row.standing.reason]
    reasons = [f"{source}: {reason}" if len(own) > 1 else reason for source, reason in told]
    return DateRow(
        date=day,
        state=combined_state([row.standing.state for row in own]),
        papers=sum(row.standing.papers for row in own),
        reason="; ".join(reasons),
        sources=own,
    )
