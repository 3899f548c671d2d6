"""Closing editions, and the sequence of numbers by which readers are known to have had them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, func, select, update

from digest.archive import tables as t
from digest.archive.queries import edition_row, lock
from digest.errors import UnknownEdition
from digest.model import EditionState
from digest.occasions import Settled

NOTHING_LISTED = "nothing was listed on this day"


def settle(connection: Connection, source: str, day: date, at: datetime) -> None:
    """Closes an edition that fills; without papers it is empty.

    Raises:
        UnknownEdition: the archive has none of this source and day.
    """
    row = connection.execute(edition_row(source, day)).one_or_none()
    if row is None:
        raise UnknownEdition(date=day)
    if row.state != EditionState.FILLING.value:
        return
    if row.papers:
        values = {"state": EditionState.SETTLED.value, "reason": "", "settled_at": at}
    else:
        values = {"state": EditionState.EMPTY.value, "reason": NOTHING_LISTED}
    connection.execute(update(t.editions).where(t.editions.c.id == row.id).values(**values))


def number_settled(connection: Connection) -> list[Settled]:
    """Numbers what is settled and has no number, in the order of settling."""
    c = t.editions.c
    query = (
        select(c.id, c.source, c.date)
        .where(c.settled_number.is_(None), c.settled_at.is_not(None), c.papers > 0)
        .order_by(c.settled_at, c.date, c.source)
    )
    if not connection.execute(query.limit(1)).first():
        return []
    lock(connection)  # so that a higher number is never seen before a lower one
    highest = connection.execute(select(func.max(c.settled_number))).scalar_one() or 0
    numbered = []
    for number, row in enumerate(connection.execute(query).all(), highest + 1):
        connection.execute(update(t.editions).where(c.id == row.id).values(settled_number=number))
        numbered.append(Settled(number, row.source, row.date))
    return numbered


def settled_since(connection: Connection, since: date) -> list[Settled]:
    """The numbered editions of these and later dates, by number."""
    c = t.editions.c
    query = select(c.settled_number, c.source, c.date).where(
        c.settled_number.is_not(None), c.date >= since
    )
    return [Settled(*row) for row in connection.execute(query.order_by(c.settled_number))]


def settled_upto(connection: Connection, day: date) -> int:
    """The highest number of the editions of this and earlier dates, 0 where none has one."""
    c = t.editions.c
    query = select(func.max(c.settled_number)).where(c.date <= day)
    return connection.execute(query).scalar_one() or 0
