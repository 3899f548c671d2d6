"""Doubles and builders, shipped so that users can test their templates and sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from zlib import crc32

import numpy as np

from digest.embedding import Vectors, unit
from digest.errors import DayNotOpen
from digest.model import (
    DayState,
    DeliveryState,
    Link,
    LinkKind,
    Message,
    Outcome,
    Paper,
    SourceDay,
)
from subscribers.topics import words

ACCEPTED = Outcome(state=DeliveryState.ACCEPTED, code=250, enhanced="2.0.0", text="Ok")


def make_paper(number: int = 1, **fields: object) -> Paper:
    """A paper with an arXiv id made of its number; any field can be given."""
    known = f"2608.{number:05d}"
    values: dict[str, object] = {
        "key": f"arxiv:{known}",
        "title": f"A paper with the number {number}",
        "abstract": f"What the paper with the number {number} found.",
        "authors": ("Ada Author",),
        "author_count": 1,
        "links": (Link(LinkKind.PAGE, f"https://arxiv.org/abs/{known}"),),
        **fields,
    }
    return Paper(**values)  # type: ignore[arg-type]  # the constructor judges the fields


class FakeSource:
    """A source whose days are told beforehand.

    ```
    source = FakeSource()
    source.lists(date(2026, 8, 20), [make_paper(1), make_paper(2)])
    source.fails(date(2026, 8, 21), SourceUnreachable(source="fake", url="…", reason="…"))
    ```

    A day of which nothing was told is not open.

    Attributes:
        asked: the days that were asked for, in order.
    """

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.asked: list[date] = []
        self._days: dict[date, SourceDay | Exception] = {}

    def lists(
        self,
        day: date,
        papers: Iterable[Paper],
        state: DayState = DayState.CLOSED,
        *,
        reason: str = "",
        fetched_at: datetime | None = None,
    ) -> SourceDay:
        """From now on it answers so; without `fetched_at` as of the day's end."""
        answer = SourceDay(
            source=self.name,
            date=day,
            papers=tuple(papers),
            state=state,
            reason=reason,
            fetched_at=fetched_at or datetime(day.year, day.month, day.day, 23, tzinfo=UTC),
        )
        self._days[day] = answer
        return answer

    def fails(self, day: date, error: Exception) -> None:
        """From now on it raises this error for the day."""
        self._days[day] = error

    async def fetch(self, day: date) -> SourceDay:
        """What was told of this day."""
        self.asked.append(day)
        answer = self._days.get(day) or DayNotOpen(source=self.name, day=day)
        if isinstance(answer, Exception):
            raise answer
        return answer


class RecordingMailer:
    """Keeps every message that it is given, and answers as it is told to.

    Attributes:
        messages: what was sent, in order.
        closed: whether `aclose` was called.

    Args:
        answer: the outcome of each message; without it every message is accepted.
    """

    def __init__(self, answer: Callable[[Message], Outcome] = lambda _message: ACCEPTED) -> None:
        self._answer = answer
        self.messages: list[Message] = []
        self.closed = False

    async def send(self, message: Message) -> Outcome:
        """Records the message."""
        self.messages.append(message)
        return self._answer(message)

    async def aclose(self) -> None:
        """Records that it was closed."""
        self.closed = True


class WordsEmbedder:
    """An embedder for tests: texts are alike as far as they share words.

    Each word has a place of its own among `SIZE`, chosen by a hash; so nothing is installed or
    read, and the same text has the same vector on every machine.
    """

    SIZE = 256
    name = "words"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, of unit length; of zeros where it holds no word."""
        rows = np.zeros((len(texts), self.SIZE), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in words(text):
                row[crc32(word.stem.encode()) % self.SIZE] += 1
        return unit(rows)
