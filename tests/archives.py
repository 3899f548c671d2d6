"""What tests of an archive share: a source, its days, and what stands in an edition."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from digest.archive import Archive
from digest.model import DayState, Paper, SourceDay
from digest.testing import FakeSource, make_paper

THURSDAY, FRIDAY, SATURDAY, MONDAY = (date(2026, 8, day) for day in (20, 21, 22, 24))
NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)


HUB = FakeSource("hub")


def lists(
    day: date, *papers: Paper, state: DayState = DayState.CLOSED, at: datetime = NOON
) -> SourceDay:
    return HUB.lists(day, papers, state, fetched_at=at)


def keys(archive: Archive, day: date) -> list[str]:
    return [paper.key for paper in archive.edition(day).papers]


def votes_at(archive: Archive, upvotes: dict[int, int]) -> None:
    """A paper's votes as they were seen so many hours after noon."""
    for hour, count in upvotes.items():
        at, paper = NOON + timedelta(hours=hour), make_paper(1, upvotes=count)
        archive.store([lists(THURSDAY, paper, state=DayState.OPEN, at=at)])
