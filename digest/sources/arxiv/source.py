"""The source for arXiv: the announcement feed first, the API for days that it has left behind.

Terms of use (https://info.arxiv.org/help/api/tou.html): feeds, API and OAI together at most
one request in three seconds and one connection at a time, over all of one's machines.

* The feed of some categories holds one announcement of at most 2,000 entries. It can be
  stale: yesterday's batch while today's is due. It is empty on weekends and holidays.
* The API is asked by date of submission for a day that the feed no longer holds, or where it
  was cut at 2,000; in slices of at most 2,000 papers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from digest.errors import DayNotOpen
from digest.http import Answer, Client
from digest.model import DayState, Paper, SourceDay
from digest.settings import ArxivSource
from digest.sources.arxiv import calendar
from digest.sources.arxiv.entries import CROSS, NEW, Announced, read_announcements, read_results
from digest.sources.protocol import Malformed

T = TypeVar("T")

MOST_ENTRIES = 2000
ATOM = "application/atom+xml"


class Arxiv:
    """Papers that arXiv announced in some categories."""

    def __init__(
        self,
        settings: ArxivSource,
        client: Client,
        pace: AbstractAsyncContextManager[object],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._client = client
        self._pace = pace
        self._clock = clock

    @property
    def name(self) -> str:
        """The source's name in the settings."""
        return self._settings.name

    async def fetch(self, day: date) -> SourceDay:
        """What was announced on the evening before a day; see `Source.fetch`.

        An announcement comes as a whole, so a day that has papers is closed.
        """
        now = self._clock()
        if reason := calendar.why_none(day):
            return self._none(day, DayState.EMPTY, reason)
        if day > calendar.feed_date(now):
            raise DayNotOpen(source=self.name, day=day)
        if day < calendar.feed_date(now):
            return self._closed(day, await self._by_submission(day))
        return await self._by_feed(day)

    async def _by_feed(self, day: date) -> SourceDay:
        categories = "+".join(self._settings.categories)
        answer = await self._get(f"{self._settings.feed_url.rstrip('/')}/{categories}")
        announced = await self._read(answer, self._announced)
        own = [entry for entry in announced if entry.day == day]
        if not own:
            return self._without(day, announced)
        papers = [entry.paper for entry in own if self._wanted(entry)]
        if len(announced) >= MOST_ENTRIES:
            papers += await self._by_submission(day)
        revised = [entry.paper for entry in own if entry.kind not in {NEW, CROSS}]
        return self._closed(day, papers, revised)

    def _without(self, day: date, announced: Sequence[Announced]) -> SourceDay:
        """The feed has nothing of a day on which arXiv announces."""
        if announced:
            latest = max(entry.day for entry in announced)
            return self._none(day, DayState.STALE, f"arXiv still shows the papers of {latest}")
        if day.year not in calendar.known_years():
            reason = f"arXiv's feed is empty; its holidays of {day.year} are not known here"
            return self._none(day, DayState.OPEN, reason)
        return self._none(day, DayState.OPEN, "arXiv's feed is empty: its announcement is late")

    def _wanted(self, entry: Announced) -> bool:
        return entry.kind == NEW or (entry.kind == CROSS and self._settings.cross_lists)

    async def _by_submission(self, day: date) -> list[Paper]:
        since, until = calendar.submissions(day)
        found = await self._slice(since, until)
        if self._settings.cross_lists:
            return found
        wanted = set(self._settings.categories)
        return [paper for paper in found if paper.categories and self._primary(paper) & wanted]

    @staticmethod
    def _primary(paper: Paper) -> set[str]:
        """The primary category, and the archive that it belongs to."""
        first = paper.categories[0]
        return {first, first.partition(".")[0]}

    async def _slice(self, since: datetime, until: datetime) -> list[Paper]:
        """Submissions of a span; one with more than an answer may hold is halved."""
        wanted = " OR ".join(map(_pattern, self._settings.categories))
        span = f"submittedDate:[{since:%Y%m%d%H%M} TO {_last_minute(until):%Y%m%d%H%M}]"
        query = {
            "search_query": f"({wanted}) AND {span}",
            "start": "0",
            "max_results": str(MOST_ENTRIES),
            "sortBy": "submittedDate",
            "sortOrder": "ascending",
        }
        answer = await self._get(self._settings.api_url, query)
        total, papers = await self._read(answer, self._results)
        half = since + (until - since) / 2
        half = half.replace(second=0, microsecond=0)
        if total > MOST_ENTRIES and half > since:
            return [*await self._slice(since, half), *await self._slice(half, until)]
        if len(papers) < min(total, MOST_ENTRIES):
            reason = f"holds {len(papers)} of {total} papers"
            raise answer.invalid(reason)
        return papers

    async def _get(self, url: str, query: dict[str, str] | None = None) -> Answer:
        return await self._client.get(self.name, url, params=query, accept=ATOM, gate=self._pace)

    async def _read(self, answer: Answer, reader: Callable[[Answer], T]) -> T:
        """Parsing thousands of entries takes seconds: in a thread."""
        try:
            return await asyncio.to_thread(reader, answer)
        except Malformed as fault:
            raise answer.invalid(fault.reason, f"{answer.url}, {fault.place}") from None

    def _announced(self, answer: Answer) -> list[Announced]:
        return read_announcements(answer.body, answer.url, self.name)

    def _results(self, answer: Answer) -> tuple[int, list[Paper]]:
        return read_results(answer.body, answer.url, self.name)

    def _closed(
        self, day: date, papers: Sequence[Paper], revised: Sequence[Paper] = ()
    ) -> SourceDay:
        if not papers:
            return self._none(day, DayState.EMPTY, "arXiv announced nothing in these categories")
        return SourceDay(
            source=self.name,
            date=day,
            papers=tuple(papers),
            revisions=tuple(revised),
            state=DayState.CLOSED,
            fetched_at=self._clock(),
        )

    def _none(self, day: date, state: DayState, reason: str) -> SourceDay:
        return SourceDay(
            source=self.name,
            date=day,
            papers=(),
            state=state,
            reason=reason,
            fetched_at=self._clock(),
        )


def _pattern(category: str) -> str:
    """An archive without subject class (`cs`) means all of its categories."""
    return f"cat:{category}" if "." in category else f"cat:{category} OR cat:{category}.*"


def _last_minute(until: datetime) -> datetime:
    """The API's spans include both ends; ours do not include the end."""
    return until - timedelta(minutes=1)
