"""Some of the readers, for whom one of several machines plans."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from subscribers.model import Cadence
from subscribers.tables import subscribers


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the readers.

    Attributes:
        first: the lowest id.
        last: the highest id.
        weekly: those with a weekly digest, or those without.
    """

    first: int
    last: int
    weekly: bool = False

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """Of a subscriber's row."""
        c = subscribers.c
        cadence = c.cadence == Cadence.WEEKLY if self.weekly else c.cadence != Cadence.WEEKLY
        return [c.id.between(self.first, self.last), cadence]
