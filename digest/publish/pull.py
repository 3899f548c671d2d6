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
    """

    source: str
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
    wanted = sorted(days)
    answers = await asyncio.gather(
        *(_pull_source(source, archive, wanted, now, done) for source in sources)
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
        return Pulled(source=source.name, date=day, state="not open", reason=str(error))
    except SourceError as error:
        await asyncio.to_thread(archive.record_failure, source.name, day, str(error), now())
        return Pulled(source=source.name, date=day, state="failed", reason=str(error), failed=True)
    return await asyncio.to_thread(_store, archive, answer)


def _store(archive: Archive, answer: SourceDay) -> Pulled:
    stored = archive.store([answer])
    return Pulled(
        source=answer.source,
        date=answer.date,
        state=answer.state,
        papers=len(answer.papers),
        new=stored.new,
        reason=answer.reason,
    )
