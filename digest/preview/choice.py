"""What a person chose to look at: the fields of the form, as they stand in the address."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.exceptions import RequestValidationError

SAMPLE = "sample"  # the shipped edition, in the place of a date
LONGEST_TOPICS = 4000

Short = Annotated[str, Query(max_length=320)]
Long = Annotated[str, Query(max_length=LONGEST_TOPICS)]


class View(StrEnum):
    """How a message is looked at."""

    DESKTOP = "desktop"
    PHONE = "phone"
    DARK = "dark"
    TEXT = "text"
    SOURCE = "source"
    HEADERS = "headers"
    CHECKS = "checks"
    WHY = "why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which message; everything empty means the first reader, the latest edition, now.

    Attributes:
        reader: a subscriber's address.
        topics: one topic a line, in the place of the reader's own; where none is named, of a
            made-up reader, so that nobody's likes or exclusions play a part.
        edition: a date, or `sample`.
        template: a name, "" for what the reader has chosen.
        at: the planned time in ISO 8601, so that all views show one and the same message.
    """

    reader: str = ""
    topics: str = ""
    edition: str = ""
    template: str = ""
    at: str = ""

    @property
    def lines(self) -> list[str]:
        """The typed topics."""
        return [line.strip() for line in self.topics.splitlines() if line.strip()]

    @property
    def planned_at(self) -> datetime | None:
        """The planned time, in UTC; None for now."""
        if not self.at:
            return None
        read = datetime.fromisoformat(self.at)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)

    def query(self, **more: str) -> str:
        """The part of an address after `?`, empty fields left out."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode({name: text for name, text in {**own, **more}.items() if text})


def read_choice(
    reader: Short = "", topics: Long = "", edition: Short = "", template: Short = "", at: Short = ""
) -> Choice:
    """The choice in an address.

    Raises:
        RequestValidationError: its time is none.
    """
    choice = Choice(
        reader=reader.strip(),
        topics=topics.strip(),
        edition=edition,
        template=template,
        at=at,
    )
    try:
        _ = choice.planned_at
    except (ValueError, OverflowError) as error:
        raise RequestValidationError([str(error)]) from None
    return choice
