"""When a source's day opens, is over and may be settled, and how often to ask in between.

Pure: from a source's settings, a date and the clock. Facts about the services stand in their
sources' modules; here is what follows from them for the schedule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.settings import AnySource, ArxivSource, HuggingFaceSource

#: An announcement can be so many days back: a holiday beside a weekend.
RECENT = timedelta(days=5)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days of one source.

    Attributes:
        source: its name.
        timezone: in which its dates are meant.
        opens: when a date begins to be listed, from its midnight.
        deadline: when nothing more is expected, from its midnight.
        quiet: unchanged for so long past the deadline, an edition is settled.
        longest: so long past the deadline it is settled although it still changes.
        weekends: whether it lists anything on Saturdays and Sundays.
        often: between two pulls while much may change: near the deadline and past it.
        seldom: between two pulls while it fills.
    """

    source: str
    timezone: str = "UTC"
    opens: timedelta = timedelta(0)
    deadline: timedelta = _DAY
    quiet: timedelta = timedelta(hours=2)
    longest: timedelta = timedelta(hours=6)
    weekends: bool = True
    often: timedelta = timedelta(minutes=10)
    seldom: timedelta = timedelta(minutes=30)

    def opens_at(self, day: date) -> datetime:
        """When the source begins to list this date, in UTC."""
        return self._instant(day, self.opens)

    def deadline_of(self, day: date) -> datetime:
        """When nothing more is expected of this date, in UTC."""
        return self._instant(day, self.deadline)

    def settles_at(self, day: date) -> datetime:
        """When an edition that the source does not close is settled at the earliest, in UTC."""
        return self.deadline_of(day) + self.quiet

    def last_call(self, day: date) -> datetime:
        """When the edition is settled even if it still changes, in UTC."""
        return self.deadline_of(day) + self.longest

    def expects(self, day: date) -> bool:
        """Whether the source lists papers under this date in an ordinary week."""
        return self.weekends or day.weekday() < 5

    def today(self, now: datetime) -> date:
        """The source's own date at an instant."""
        return now.astimezone(ZoneInfo(self.timezone)).date()

    def open_days(self, now: datetime) -> Iterator[date]:
        """Recent dates that have begun to be listed, the oldest first."""
        day = self.today(now) - RECENT
        while self.opens_at(day) <= now:
            yield day
            day += _DAY

    def pause(self, day: date, now: datetime, failures: int = 0) -> timedelta:
        """How long to wait between two pulls of a date that is not settled.

        Args:
            day: the date.
            now: the clock.
            failures: pulls that failed since the last good one; a service in trouble is asked
                less and less, but never less than when all is quiet.
        """
        if failures:
            doubled: int = 2 ** min(failures - 1, 8)
            return min(self.often / 2 * doubled, self.seldom)
        near = self.deadline_of(day) - timedelta(hours=2)
        return self.often if now >= near and self.expects(day) else self.seldom

    def _instant(self, day: date, offset: timedelta) -> datetime:
        # The wall clock is what a service announces, so days of 23 and 25 hours count too.
        wall = datetime.combine(day, time()) + offset
        return wall.replace(tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)


def calendar_of(source: AnySource) -> Calendar:
    """The calendar of a configured source.

    Hugging Face lists a paper under the UTC date of its submission, on weekdays, so a date is
    over at its midnight. arXiv's feeds are renewed at midnight, Eastern time, with what was
    announced at 20:00 (https://info.arxiv.org/help/rss.html). A feed may grow on any day.
    """
    if isinstance(source, HuggingFaceSource):
        return Calendar(
            source=source.name,
            deadline=timedelta(hours=source.deadline_hour),
            quiet=timedelta(hours=source.settle_after_hours),
            longest=timedelta(hours=3 * source.settle_after_hours),
            weekends=False,
        )
    if isinstance(source, ArxivSource):
        return Calendar(
            source=source.name,
            timezone="America/New_York",
            deadline=timedelta(hours=1),
            quiet=timedelta(hours=1),
            weekends=False,
        )
    return Calendar(source=source.name)
