"""What planning sees of the sources at a moment: as it is stored, or as a run would leave it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from digest import occasions
from digest.archive import Archive
from digest.calendars import Calendar
from digest.editions import Standing
from digest.model import EditionState
from digest.occasions import Settled
from digest.publish import standing
from digest.publish.deciding import Tick

Known = Mapping[tuple[str, date], Standing]
#: Makes the tick of a moment.
MakeTick = Callable[[Archive, Sequence[Calendar], datetime], Tick]


def stored(archive: Archive, calendars: Sequence[Calendar], now: datetime) -> Tick:
    """What is the same for all readers of this moment."""
    known, since = standing.standings(archive, now), _since(now)
    return _tick(calendars, known, archive.settled(since), now)


def foreseen(archive: Archive, calendars: Sequence[Calendar], now: datetime) -> Tick:
    """The same as it would be once every edition whose time has come is closed.

    Nothing is written: an edition that somebody merely looks at goes on filling.
    """
    known = dict(standing.standings(archive, now))
    for end in standing.due(archive, standing.by_source(calendars), now):
        before, at = known[end.source, end.date], now
        settled_at = at if end.state is EditionState.SETTLED else None
        known[end.source, end.date] = replace(before, state=end.state, settled_at=settled_at)
    numbered, since = archive.settled(date.min), _since(now)
    settled = [*numbered, *_numbered(known, numbered)]
    return _tick(calendars, known, [e for e in settled if e.date >= since], now)


def _tick(
    calendars: Sequence[Calendar], known: Known, settled: Sequence[Settled], now: datetime
) -> Tick:
    return Tick(
        now=now,
        settled=tuple(settled),
        nothing_new=standing.nothing_new(calendars, known, now),
        awaited=standing.awaited(calendars, known, now),
    )


def _numbered(known: Known, numbered: Sequence[Settled]) -> list[Settled]:
    """The closed editions that have no number yet, with those that they would get."""
    have = {(edition.source, edition.date) for edition in numbered}
    new = sorted(
        (its.settled_at, day, source)
        for (source, day), its in known.items()
        if its.settled_at is not None and its.papers and (source, day) not in have
    )
    first = max((edition.number for edition in numbered), default=0) + 1
    return [Settled(n, source, day) for n, (_, day, source) in enumerate(new, first)]


def _since(now: datetime) -> date:
    return now.date() - occasions.FRESH_LONG - timedelta(days=1)
