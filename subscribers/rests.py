"""Rests after soft bounces, as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from subscribers.tables import subscribers


@dataclass(frozen=True, slots=True)
class Rest:
    """How an address does.

    Attributes:
        soft_bounces: so many in a row.
        until: nothing is sent before this instant, in UTC; None where it does not rest.
    """

    soft_bounces: int
    until: datetime | None


def rest_of(engine: Engine, number: int) -> Rest:
    """The soft bounces and the rest of a subscriber; none for an id that nobody has."""
    c = subscribers.c
    query = select(c.soft_bounces, c.resting_until).where(c.id == number)
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return Rest(*row) if row else Rest(0, None)
