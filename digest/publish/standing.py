"""How the sources stand at a moment: what they have, what is awaited, why nothing is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest.archive import Archive, SourceRow
from digest.calendars import Calendar
from digest.editions import Standing, ending
from digest.model import EditionState

ENDED = (EditionState.SETTLED, EditionState.EMPTY)
#: Editions that were opened earlier than this are not settled by the clock any more.
LOOK_BACK = timedelta(days=21)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An edition whose time has come, and what it becomes."""

    source: str
    date: date
    state: EditionState


def settle_due(archive: Archive, calendars: Mapping[str, Calendar], now: datetime) -> list[Ended]:
    """Closes every edition whose time has come by its source's rule, and numbers them."""
    closed = due(archive, calendars, now)
    for end in closed:
        archive.settle(end.source, end.date, now)
    archive.number_settled()
    return closed


def due(archive: Archive, calendars: Mapping[str, Calendar], now: datetime) -> list[Ended]:
    """The editions whose time has come by their sources' rules; nothing is written."""
    found = []
    for row in _rows(archive, now):
        state = _ends(row, calendars.get(row.source) or Calendar(source=row.source), now)
        if state is not None:
            found.append(Ended(source=row.source, date=row.date, state=state))
    return found


def by_source(calendars: Iterable[Calendar]) -> dict[str, Calendar]:
    """The calendars by the names of their sources."""
    return {calendar.source: calendar for calendar in calendars}


def standings(archive: Archive, now: datetime) -> dict[tuple[str, date], Standing]:
    """Where the recent editions of all sources stand."""
    return {(row.source, row.date): row.standing for row in _rows(archive, now)}


def awaited(
    calendars: Iterable[Calendar], known: Mapping[tuple[str, date], Standing], now: datetime
) -> tuple[datetime, ...]:
    """When each edition that has not ended could be settled at the earliest.

    Only yesterday's and today's: a reader waits for what is late, not for what is lost.
    """
    return tuple(
        calendar.settles_at(day)
        for calendar in calendars
        for day in (calendar.today(now) - _DAY, calendar.today(now))
        if calendar.expects(day) and not _has_ended(known.get((calendar.source, day)))
    )


def nothing_new(
    calendars: Sequence[Calendar],
    known: Mapping[tuple[str, date], Standing],
    now: datetime,
) -> str:
    """Why no source has anything that a reader has not had, in words."""
    told = [(calendar.source, _why(calendar, known, now)) for calendar in calendars]
    if len(told) == 1:
        return told[0][1]
    return "; ".join(f"{source}: {why}" for source, why in told) or "no source is configured"


def problem(standing: Standing) -> str:
    """What is wrong with an edition's source, with the hour since when, "" for nothing."""
    if not standing.problem:
        return ""
    since = standing.problem_since
    return f"source failed since {since:%Y-%m-%d %H:%M} UTC: {standing.problem}" if since else ""


def _why(calendar: Calendar, known: Mapping[tuple[str, date], Standing], now: datetime) -> str:
    day = _last_expected(calendar, now)
    standing = known.get((calendar.source, day))
    if standing is None:
        return f"{day} has not been pulled yet" if calendar.expects(day) else "weekend"
    if standing.problem:
        return problem(standing)
    return {
        EditionState.SETTLED: f"nothing new since the edition of {day}",
        EditionState.EMPTY: standing.reason or "nothing was listed",
        EditionState.STALE: f"source stale: {standing.reason}",
        EditionState.FAILED: f"source failed: {standing.reason}",
        EditionState.FILLING: f"the edition of {day} is still filling",
    }[standing.state]


def _last_expected(calendar: Calendar, now: datetime) -> date:
    """The newest date that should have ended by now."""
    day = calendar.today(now)
    while calendar.settles_at(day) > now:
        day -= _DAY
    return day


def _ends(row: SourceRow, calendar: Calendar, now: datetime) -> EditionState | None:
    return ending(
        row.standing,
        deadline=calendar.deadline_of(row.date),
        quiet=calendar.quiet,
        longest=calendar.longest,
        now=now,
    )


def _has_ended(standing: Standing | None) -> bool:
    return standing is not None and standing.state in ENDED


def _rows(archive: Archive, now: datetime) -> Iterator[SourceRow]:
    for row in archive.list(since=(now - LOOK_BACK).date()):
        yield from row.sources
