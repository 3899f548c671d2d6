"""The hub of the simulated year: real editions, as they stand at the instant that is told."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from digest.errors import DayNotOpen, SourceUnreachable
from digest.model import DayState, Link, LinkKind, Paper, SourceDay

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass
class Clock:
    """Told by the simulation.

    Attributes:
        true: the world's time, which the hub goes by.
        wrong: how far the program's machine is off it.
    """

    true: datetime
    wrong: timedelta = timedelta()

    @property
    def now(self) -> datetime:
        """What the program reads."""
        return self.true + self.wrong


def editions(file: Path) -> dict[date, list[Paper]]:
    """The real editions, by date."""
    found: dict[date, list[Paper]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            found[date.fromisoformat(item["edition"])].append(_paper(item))
    return found


def _paper(item: dict[str, str | int | list[str]]) -> Paper:
    known = str(item["id"])
    return Paper(
        key=f"arxiv:{known}",
        title=str(item["title"]),
        abstract=str(item["abstract"]),
        upvotes=int(str(item["upvotes"] or 0)),
        links=(Link(LinkKind.PAGE, f"https://arxiv.org/abs/{known}"),),
    )


@dataclass
class MovingSource:
    """The hub as it stands at the clock's instant.

    Attributes:
        outages: while one of them lasts, nothing can be read.
        stale: on these days it repeats the day before until 16:00 UTC.
    """

    days: dict[date, list[Paper]]
    clock: Clock
    outages: Sequence[tuple[datetime, datetime]] = ()
    stale: frozenset[date] = frozenset()
    name: str = "huggingface"

    async def fetch(self, day: date) -> SourceDay:
        now = self.clock.true
        if any(begin <= now < end for begin, end in self.outages):
            raise SourceUnreachable(source=self.name, url="http://hub", reason="refused")
        opened = datetime.combine(day, time(), UTC)
        if now < opened:
            raise DayNotOpen(source=self.name, day=day)
        if day in self.stale and now < opened + 16 * HOUR:
            return self._answer(day, [], DayState.STALE, "it answered with yesterday's papers")
        if day.weekday() >= 5:
            return self._answer(day, [], DayState.EMPTY, "weekend: nothing is listed")
        return self._filled(day, (now - opened) / DAY)

    def _filled(self, day: date, passed: float) -> SourceDay:
        every = self.days.get(day, [])
        on_time = [paper for paper in every if not _late(paper)]
        known = on_time[: round(len(on_time) * min(1.0, passed * 1.2))]
        late = [paper for paper in every if _late(paper)] if passed > 1.5 else []
        closed = passed > 1.25
        if not known and closed:
            return self._answer(day, [], DayState.EMPTY, "holiday: nothing was listed")
        state = DayState.CLOSED if closed else DayState.OPEN
        return self._answer(day, known + late, state, "")

    def _answer(
        self, day: date, papers: Sequence[Paper], state: DayState, reason: str
    ) -> SourceDay:
        return SourceDay(
            source=self.name, date=day, papers=tuple(papers), state=state, reason=reason,
            fetched_at=self.clock.now,
        )  # fmt: skip


def _late(paper: Paper) -> bool:
    return paper.key.endswith("7") and paper.key[-2] in "02468"
