"""Which days of which source are to be asked for now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from digest.calendars import Calendar
from digest.editions import Standing
from digest.model import EditionState

#: A settled day is asked for again so often, and for so long: for votes and late papers.
LATE, LATE_FOR = timedelta(hours=6), timedelta(hours=24)
Day = tuple[str, date]


class Polling:
    """Remembers when each day was last asked for, and how often in vain.

    Args:
        calendars: of the sources.
    """

    def __init__(self, calendars: Sequence[Calendar]) -> None:
        self._calendars = calendars
        self._asked: dict[Day, datetime] = {}
        self._failures: Counter[str] = Counter()

    def wanted(self, known: Mapping[Day, Standing], now: datetime) -> list[Day]:
        """The days to ask for now, the oldest of each source first."""
        return list(self._wanted(known, now))

    def answered(self, source: str, day: date, at: datetime, *, failed: bool) -> None:
        """Notes that a source was asked, and whether in vain."""
        self._asked[source, day] = at
        self._failures[source] = self._failures[source] + 1 if failed else 0

    def _wanted(self, known: Mapping[Day, Standing], now: datetime) -> Iterator[Day]:
        for calendar in self._calendars:
            for day in calendar.open_days(now):
                standing = known.get((calendar.source, day))
                pause = self._pause(calendar, day, standing, now)
                if pause is not None and self._is_time(calendar.source, day, standing, pause, now):
                    yield calendar.source, day

    def _pause(
        self, calendar: Calendar, day: date, standing: Standing | None, now: datetime
    ) -> timedelta | None:
        state = standing.state if standing else None
        over = calendar.settles_at(day) <= now
        if state is EditionState.SETTLED and standing and not standing.problem:
            return LATE if now - calendar.deadline_of(day) <= LATE_FOR else None
        if state is EditionState.EMPTY and over:
            return None
        return calendar.pause(day, now, self._failures[calendar.source])

    def _is_time(
        self, source: str, day: date, standing: Standing | None, pause: timedelta, now: datetime
    ) -> bool:
        last = self._asked.get((source, day)) or (standing.fetched_at if standing else None)
        # One that was asked in the future: the clock was set back.
        return last is None or last > now or now - last >= pause
