"""Which editions a digest holds, and what makes it unique. Pure, and without a clock's hour.

Settling gives an edition the next number of one sequence, and a reader's row holds the highest
number they were given. So what a digest holds follows from these numbers alone: a change of
time zone, a clock that jumps or a restart at the hour gives nobody a second digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: An edition that is older than this is no news: it was archived to fill the past.
FRESH = timedelta(days=5)
#: The same for a digest that makes up for missed days, and for a weekly one.
FRESH_LONG = timedelta(days=14)


@dataclass(frozen=True, slots=True, order=True)
class Settled:
    """An edition that is closed: its place in the sequence, its source and date."""

    number: int
    source: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one digest is made of.

    Attributes:
        editions: by number; empty where there is nothing new.
        upto: the highest number that counts as given afterwards.
        catch_up: for how many missed days it makes up.
        second: the newest date had a digest of other editions before.
    """

    editions: tuple[Settled, ...] = ()
    upto: int = 0
    catch_up: int = 0
    second: bool = False


def daily(
    settled: Iterable[Settled], had: int, today: date, *, missed: int = 0, catch_up: bool = False
) -> Holding:
    """What a reader's daily digest holds.

    Args:
        settled: all editions that are closed, or at least all with a higher number than `had`.
        had: the highest number that the reader was given, 0 for one who has had nothing yet.
        today: the reader's date.
        missed: how many of their days went by unplanned, because the program was not running.
        catch_up: whether they asked for one digest of all that was missed.
    """
    new = sorted(edition for edition in settled if edition.number > had)
    upto = max([had, *(edition.number for edition in new)])
    make_up = bool(missed and catch_up and had)
    fresh = _since(new, today - (FRESH_LONG if make_up else FRESH))
    if (missed and not catch_up) or not had:
        fresh = newest_of_each(fresh)
    return Holding(editions=tuple(fresh), upto=upto, catch_up=missed if make_up and fresh else 0)


def weekly(settled: Iterable[Settled], had: int, today: date) -> Holding:
    """What a weekly digest holds: the editions of the two last weeks that are new.

    One who has had nothing yet gets the last seven days.
    """
    new = sorted(edition for edition in settled if edition.number > had)
    upto = max([had, *(edition.number for edition in new)])
    span = FRESH_LONG if had else timedelta(days=7)
    return Holding(editions=tuple(_since(new, today - span)), upto=upto)


def newest_of_each(editions: Sequence[Settled]) -> list[Settled]:
    """The latest edition of each source."""
    latest: dict[str, Settled] = {}
    for edition in editions:
        known = latest.get(edition.source)
        if known is None or edition.date > known.date:
            latest[edition.source] = edition
    return sorted(latest.values())


def occasion_of_day(editions: Sequence[Settled]) -> str:
    """The newest date: what makes a daily digest unique."""
    return max(edition.date for edition in editions).isoformat()


def occasion_of_week(editions: Sequence[Settled]) -> str:
    """The ISO week of the newest date: `2026-W34`."""
    return iso_week(max(edition.date for edition in editions))


def second_occasion(editions: Sequence[Settled]) -> str:
    """Where the newest date had a digest of other editions: the sources are named with it."""
    sources = sorted({edition.source for edition in editions})
    return f"{occasion_of_day(editions)} {'+'.join(sources)}"[:80]


def iso_week(day: date) -> str:
    """The ISO 8601 week of a date."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _since(editions: Iterable[Settled], since: date) -> list[Settled]:
    return [edition for edition in editions if edition.date > since]
