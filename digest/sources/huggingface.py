"""Hugging Face Daily Papers, from its API.

`GET /api/daily_papers?date=YYYY-MM-DD&limit=100` (https://huggingface.co/docs/hub/api); a
following page is announced by a `Link` header. A date that is not open, or is none, answers
400. Without sign-in 500 requests in five minutes are allowed, told in `RateLimit` headers.

A day fills gradually and nothing says when it is complete: it counts as closed when three
times the quiet time of the settings have passed since its deadline; one that stays unchanged
is settled earlier (`digest.editions.ending`). Nothing is submitted on weekends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from digest.errors import DayNotOpen, SourceRefused
from digest.http import Answer, Client
from digest.model import DayState, SourceDay
from digest.settings import HuggingFaceSource
from digest.sources.daily import Item, read_listing
from digest.sources.protocol import Malformed

MOST_PAGES = 50  # a day has two at most; more is a server that never ends
BAD_REQUEST = 400
SATURDAY = 5


class HuggingFace:
    """The source for Hugging Face's daily papers."""

    def __init__(
        self,
        settings: HuggingFaceSource,
        client: Client,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock

    @property
    def name(self) -> str:
        """The source's name in the settings."""
        return self._settings.name

    async def fetch(self, day: date) -> SourceDay:
        """The papers that are listed for a day, the most voted first; see `Source.fetch`."""
        answers = await self._pages(day)
        items = [item for answer in answers for item in self._items(answer)]
        return self._day(day, items, answers[-1].fetched_at)

    async def _pages(self, day: date) -> list[Answer]:
        url = f"{self._settings.base_url.rstrip('/')}/api/daily_papers"
        query = {"date": day.isoformat(), "limit": str(self._settings.limit)}
        try:
            answers = [await self._get(url, query)]
        except SourceRefused as refused:
            if refused.facts["status"] == BAD_REQUEST and day >= self._clock().date():
                raise DayNotOpen(source=self.name, day=day) from refused
            raise
        while following := answers[-1].next_url():
            if len(answers) >= MOST_PAGES:
                raise answers[-1].invalid(f"announces more than {MOST_PAGES} pages")
            answers.append(await self._get(following))
        return answers

    async def _get(self, url: str, query: dict[str, str] | None = None) -> Answer:
        return await self._client.get(self.name, url, params=query, accept="application/json")

    def _items(self, answer: Answer) -> tuple[Item, ...]:
        try:
            return read_listing(answer.json(), self.name).items
        except Malformed as fault:
            raise answer.invalid(fault.reason, f"{answer.url}, {fault.place}") from None

    def _day(self, day: date, items: Sequence[Item], fetched_at: datetime) -> SourceDay:
        state, reason = self._state(day, items)
        return SourceDay(
            source=self.name,
            date=day,
            papers=tuple(item.paper for item in items),
            state=state,
            reason=reason,
            fetched_at=fetched_at,
        )

    def _state(self, day: date, items: Sequence[Item]) -> tuple[DayState, str]:
        listed = {item.day for item in items if item.day}
        if listed and day not in listed:
            return DayState.STALE, f"Hugging Face answered with the papers of {max(listed)}"
        closed = self._clock() >= self._closes(day)
        if items:
            return (DayState.CLOSED if closed else DayState.OPEN), ""
        if day.weekday() >= SATURDAY:
            return DayState.EMPTY, "weekend: Hugging Face lists no papers on Saturday and Sunday"
        if closed:
            return DayState.EMPTY, "Hugging Face listed no paper on this day"
        return DayState.OPEN, "Hugging Face has not listed a paper yet"

    def _closes(self, day: date) -> datetime:
        hours = self._settings.deadline_hour + 3 * self._settings.settle_after_hours
        return datetime.combine(day, time(), UTC) + timedelta(hours=hours)
