"""Asking the sources for their days; what is broken or empty leaves the archive as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest.archive import Archive
from digest.errors import DayNotOpen, SourceError
from digest.model import SourceDay
from digest.sources import Source

#: An announcement can be five days back: a holiday beside a weekend.
RECENT_DAYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What became of asking one source for one day.

    Attributes:
        date: the source's own date where it answered, else the day asked for.
        state: the answer's, `not open`, or `failed`.
        papers: how many papers the answer held.
        new: how many of them no edition had.
        reason: why there is nothing, or what was wrong.
        failed: whether the source could not be read.
        asked: the day asked for.
    """

    source: str
    asked: date
    date: date
    state: str
    papers: int = 0
    new: int = 0
    reason: str = ""
    failed: bool = False


async def pull(
    sources: Sequence[Source],
    archive: Archive,
    days: Iterable[date],
    now: Callable[[], datetime],
    *,
    done: Callable[[Pulled], None] = lambda _: None,
) -> list[Pulled]:
    """Asks every source for every day, the oldest first, and archives what comes.

    The sources work side by side, each day of one after the other. `done` hears of each.
    """
    every = [(source.name, day) for source in sources for day in days]
    return await pull_days(sources, archive, every, now, done=done)


async def pull_days(
    sources: Sequence[Source],
    archive: Archive,
    wanted: Iterable[tuple[str, date]],
    now: Callable[[], datetime],
    *,
    done: Callable[[Pulled], None] = lambda _: None,
) -> list[Pulled]:
    """The same for some days of some sources: (source, day)."""
    days: dict[str, list[date]] = {}
    for name, day in sorted(wanted):
        days.setdefault(name, []).append(day)
    answers = await asyncio.gather(
        *(_pull_source(s, archive, days[s.name], now, done) for s in sources if s.name in days)
    )
    return [pulled for answer in answers for pulled in answer]


def recent_days(today: date) -> list[date]:
    """The days among which the newest complete edition must be."""
    return [today - timedelta(days=back) for back in range(RECENT_DAYS)]


async def _pull_source(
    source: Source,
    archive: Archive,
    days: Sequence[date],
    now: Callable[[], datetime],
    done: Callable[[Pulled], None],
) -> list[Pulled]:
    results = []
    for day in days:
        pulled = await _pull_day(source, archive, day, now)
        done(pulled)
        results.append(pulled)
    return results


async def _pull_day(
    source: Source, archive: Archive, day: date, now: Callable[[], datetime]
) -> Pulled:
    try:
        answer = await source.fetch(day)
    except DayNotOpen as error:
        return _nothing(source, day, "not open", error)
    except SourceError as error:
        await asyncio.to_thread(archive.record_failure, source.name, day, str(error), now())
        return _nothing(source, day, "failed", error)
    return await asyncio.to_thread(_store, archive, answer, day)


def _nothing(source: Source, day: date, state: str, error: SourceError) -> Pulled:
    failed = state == "failed"
    reason = str(error)
    return Pulled(
        source=source.name, date=day, asked=day, state=state, reason=reason, failed=failed
    )


def _store(archive: Archive, answer: SourceDay, asked: date) -> Pulled:
    stored = archive.store([answer])
    return Pulled(
        source=answer.source,
        date=answer.date,
        asked=asked,
        state=answer.state,
        papers=len(answer.papers),
        new=stored.new,
        reason=answer.reason,
    )
