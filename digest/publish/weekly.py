"""The weekly digest: of the archive's last two weeks and the ledger of what its reader had.

It holds the week's best of their topics that they have not had; by title what they missed, that
is what matched and came in no mail to them: in a week before, while they paused, in an outage,
or beyond the largest number of a digest; and the week's most voted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from digest import occasions
from digest.archive import Archive
from digest.model import WEEKLY, Digest, Edition, EditionState, Entry, Paper, Rule
from digest.occasions import FRESH_LONG, Settled
from digest.publish.gathering import together
from digest.selection import MakeSelector, Selector
from subscribers.model import Subscriber, WhenNothing

MOST_VOTED, MOST_MISSED = 5, 10
#: So far back the ledger is asked what a reader had: further than any edition that is shown.
LEDGER = FRESH_LONG + timedelta(days=2)
_BEFORE = timedelta(days=6)  # of a week, with its last day


def earlier(
    settled: Iterable[Settled], holding: Collection[Settled], reader: Subscriber, today: date
) -> tuple[Settled, ...]:
    """The editions of the last two weeks from which a reader may have missed something.

    Those that this digest does not hold anyway, and that came out when they were a reader.
    """
    since = today - FRESH_LONG
    if reader.confirmed_at is not None:
        since = max(since, reader.confirmed_at.date() - timedelta(days=1))
    last = max(edition.number for edition in holding)
    return tuple(
        e for e in sorted(settled) if e.date > since and e.number < last and e not in holding
    )


def select(
    selector: Selector,
    reader: Subscriber,
    *,
    occasion: str,
    today: date,
    had: frozenset[str] = frozenset(),
    before: frozenset[str] = frozenset(),
) -> Digest:
    """A reader's weekly digest.

    Args:
        selector: of this week's editions and the earlier ones.
        reader: whose topics count.
        occasion: the ISO week.
        today: the reader's date.
        had: keys of the papers that the ledger says they had.
        before: keys of the papers that are in earlier editions alone.
    """
    best = selector.select(
        reader, kind=WEEKLY, occasion=occasion, today=today, had=had | before, also=MOST_VOTED
    )
    shown = had | {entry.paper.key for entry in best.entries} | {p.key for p in best.also}
    missed = _missed(selector, reader, today, shown)
    if missed and not best.entries:  # this week has nothing: what was missed is the digest
        best = selector.select(reader, kind=WEEKLY, occasion=occasion, today=today, had=had, also=0)
        missed = ()
    considered = len({paper.key for paper in selector.edition.papers} - before)
    return replace(of_span(best, "week"), missed=missed, considered=considered)


def _missed(
    selector: Selector, reader: Subscriber, today: date, shown: frozenset[str]
) -> tuple[Paper, ...]:
    if not any(not topic.excluded for topic in reader.topics):
        return ()  # who names no topic gets the most voted, and misses none
    asked = replace(
        reader, max_papers=MOST_MISSED, near=False, when_nothing=WhenNothing.SILENCE
    )  # fmt: skip
    found = selector.select(asked, kind=WEEKLY, today=today, had=shown, also=0)
    return tuple(entry.paper for entry in found.entries)


def week_until(archive: Archive, last: Edition, now: datetime) -> Edition:
    """The settled editions of the week that ends with this one, as one; else this one alone."""
    days = sorted(row.date for row in archive.list(last.date - _BEFORE, last.date))
    found = [edition for day in days for edition in archive.editions(day)]
    week = [e for e in found if e.state is EditionState.SETTLED and e.papers] or [last]
    return archive.with_trends(together(week), min(e.date for e in week), now)


def first_week(make: MakeSelector, week: Edition, reader: Subscriber) -> Digest:
    """A week's digest as one gets it who has had nothing yet."""
    selector = make(week, {topic.text for topic in reader.topics})
    return select(selector, reader, occasion=occasions.iso_week(week.date), today=week.date)


def of_span(digest: Digest, span: str) -> Digest:
    """The most voted are those of the `week` or of several `days`, not of the day."""
    return replace(digest, entries=tuple(_of_span(entry, span) for entry in digest.entries))


def _of_span(entry: Entry, span: str) -> Entry:
    if entry.reason.rule is not Rule.VOTES:
        return entry
    return replace(entry, reason=replace(entry.reason, field=span))
