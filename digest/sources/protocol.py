"""What every source is: something that can be asked for a day."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from digest.model import SourceDay


class Source(Protocol):
    """Papers of a day, from somewhere.

    Attributes:
        name: by which the settings, the archive and the readers know it.
    """

    @property
    def name(self) -> str:
        """The source's name in the settings."""

    async def fetch(self, day: date) -> SourceDay:
        """The papers of a day, with what the source says of that day.

        An answer is whole or none: one that is broken raises, so that nothing of it is used.

        Raises:
            SourceUnreachable: no answer came, however often it was asked.
            SourceRefused: the answer is a refusal.
            SourceAnswerInvalid: the answer cannot be read; says where.
            DayNotOpen: the source has not opened the day yet.
        """


class Malformed(Exception):
    """What was read is not what it should be; the reader adds whose answer it was.

    Attributes:
        place: where in the text or the structure.
        reason: what is wrong there.
    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason
