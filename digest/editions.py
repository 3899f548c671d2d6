"""What becomes of a source's answers: pure functions from papers and days to editions.

Known once: a paper is found again by its key, or by its title where one of the two sightings
has nothing stronger. It belongs to the edition in which it was first seen; what a later
sighting knows better is merged into it. An edition that is settled is closed: what comes late
waits for the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from digest import returning
from digest.identity import TELLING_TITLE, normalised_title, strength
from digest.model import DayState, Edition, EditionState, Paper, SourceDay

T = TypeVar("T")

#: Works of one title that came out further apart than this are not the same.
SAME_TITLE_WITHIN = timedelta(days=366)
#: Votes that bring a paper back: so many times those it was listed with, and more than so many.
RETURN_FACTOR, RETURN_VOTES = 10, 50


def same_paper(one: Paper, other: Paper) -> bool:
    """Whether two sightings are of one paper."""
    if one.key == other.key:
        return True
    if strength(one.key) == strength(other.key) > 0:
        return False
    title = normalised_title(one.title)
    if len(title) < TELLING_TITLE or title != normalised_title(other.title):
        return False
    if one.published is None or other.published is None:
        return True
    return abs(one.published - other.published) <= SAME_TITLE_WITHIN


def merge(known: Paper, seen: Paper) -> Paper:
    """One record of two sightings: the strongest key, the richest text, all links.

    Votes, comments and stars are those of the later sighting, `seen`, where it has any.
    """
    dates = [day for day in (known.published, seen.published) if day]
    versions = [number for number in (known.version, seen.version) if number]
    return replace(
        known,
        key=max(known.key, seen.key, key=strength),
        title=_better_title(known, seen),
        abstract=max(known.abstract, seen.abstract, key=len),
        summary=seen.summary or known.summary,
        authors=max(known.authors, seen.authors, key=len),
        author_count=max(known.author_count, seen.author_count),
        organization=known.organization or seen.organization,
        published=min(dates, default=None),
        upvotes=_newer(known.upvotes, seen.upvotes),
        comments=_newer(known.comments, seen.comments),
        stars=_newer(known.stars, seen.stars),
        keywords=_union(known.keywords, seen.keywords),
        categories=_union(known.categories, seen.categories),
        links=_union(known.links, seen.links),
        sources=_union(known.sources, seen.sources),
        version=max(versions, default=None),
    )


def merge_earlier(known: Paper, seen: Paper) -> Paper:
    """The same, where `seen` is of an earlier day: its counts are older than those known."""
    return replace(
        merge(known, seen),
        summary=known.summary or seen.summary,
        upvotes=_newer(seen.upvotes, known.upvotes),
        comments=_newer(seen.comments, known.comments),
        stars=_newer(seen.stars, known.stars),
    )


def _better_title(known: Paper, seen: Paper) -> str:
    """A new version may have a new title; a post about a paper does not rename it."""
    newer = (seen.version or 0) > (known.version or 0)
    stronger = strength(seen.key) > strength(known.key)
    return seen.title if seen.title and (newer or stronger) else known.title


def _newer(known: int | None, seen: int | None) -> int | None:
    return known if seen is None else seen


def _union(known: Iterable[T], seen: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*known, *seen)))


def distinct(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Each paper once, in the order in which it was first met; sightings are merged."""
    found: list[Paper] = []
    places: dict[str, int] = {}
    for paper in papers:
        names = (paper.key, normalised_title(paper.title))
        place = next((p for name in names if (p := places.get(name)) is not None), None)
        if place is not None and same_paper(found[place], paper):
            found[place] = merge(found[place], paper)
        else:
            place = len(found)
            found.append(paper)
        places.update(dict.fromkeys(names, place))
    return tuple(found)


def gathered(days: Iterable[SourceDay]) -> list[SourceDay]:
    """One answer for each source and day, the earliest day first.

    Of several, the papers are taken together and the last one's state holds.
    """
    found: dict[tuple[date, str], SourceDay] = {}
    for day in days:
        before = found.get((day.date, day.source))
        papers = (*before.papers, *day.papers) if before else day.papers
        found[day.date, day.source] = replace(day, papers=papers)
    return [found[name] for name in sorted(found)]


def return_reason(known: Paper, seen: Paper, listed_upvotes: int | None) -> str:
    """What brings a paper of an earlier edition back, in words; "" where nothing does.

    Args:
        known: as it stands in the archive.
        seen: as it is listed now.
        listed_upvotes: its votes when its edition was closed, or when it last came back.
    """
    if known.version and seen.version and seen.version > known.version:
        return returning.by_version(seen.version)
    before, now = listed_upvotes, seen.upvotes
    if before is None or now is None or now <= RETURN_VOTES or now < RETURN_FACTOR * max(before, 1):
        return ""
    return returning.by_votes(before, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an edition stands, with the instants from which it is settled; all in UTC.

    Attributes:
        papers: how many it holds.
        listed: how many the source listed when it last answered well; some of them may belong
            to earlier editions, and what came late for one of those is not among them.
        opened_at: when the source first answered for this day, or first failed to.
        changed_at: when a paper was last added, None before the first.
        settled_at: when it was closed, None while it may grow.
        fetched_at: when the source last gave a good answer.
        problem: what was wrong with the last pull, "" where nothing was. The state and the
            papers stay those of the last good answer.
        problem_since: when that problem was first met.
    """

    state: EditionState
    reason: str = ""
    papers: int = 0
    listed: int = 0
    opened_at: datetime
    changed_at: datetime | None = None
    settled_at: datetime | None = None
    fetched_at: datetime | None = None
    problem: str = ""
    problem_since: datetime | None = None


def after_answer(before: Standing | None, day: SourceDay, *, total: int) -> Standing:
    """Where an edition stands after an answer of its source.

    Args:
        before: None where the archive has nothing of this source and day.
        day: the answer.
        total: how many papers the edition holds with those of the answer.
    """
    at = day.fetched_at
    before = before or Standing(state=EditionState.FILLING, opened_at=at)
    grown = _grown(before, total, at)
    if problem := problem_of(before, day):
        return with_problem(grown, problem, at)
    # What a stale answer lists is another day's list.
    listed = before.listed if day.state is DayState.STALE else len(day.papers)
    well = replace(grown, listed=listed, fetched_at=at, problem="", problem_since=None)
    if not total:
        return replace(well, state=_without_papers(day), reason=_why_without(day))
    if before.settled_at:
        return well
    closed = day.state is DayState.CLOSED
    state = EditionState.SETTLED if closed else EditionState.FILLING
    return replace(well, state=state, reason="", settled_at=at if closed else None)


def _grown(before: Standing, total: int, at: datetime) -> Standing:
    """With the papers that came; even an answer that has lost some may bring others."""
    if total <= before.papers:
        return before
    if before.settled_at is None:
        before = replace(before, state=EditionState.FILLING, reason="")
    return replace(before, papers=total, changed_at=at)


def problem_of(before: Standing, day: SourceDay) -> str:
    """What is wrong with an answer beside what is known already; "" where nothing is."""
    if day.state is DayState.STALE and before.listed:
        return day.reason or "the source repeats an earlier day"
    if before.listed and not day.papers:
        told = f"the source lists none of the {before.listed} papers any more: {day.reason}"
        return told.removesuffix(": ")
    if 2 * len(day.papers) < before.listed:
        return f"the source lists {len(day.papers)} papers where it had listed {before.listed}"
    return ""


def _without_papers(day: SourceDay) -> EditionState:
    return {
        DayState.OPEN: EditionState.FILLING,
        DayState.CLOSED: EditionState.EMPTY,
        DayState.EMPTY: EditionState.EMPTY,
        DayState.STALE: EditionState.STALE,
    }[day.state]


def _why_without(day: SourceDay) -> str:
    if day.papers and day.state is not DayState.STALE:
        return f"all {len(day.papers)} papers of this day stand in earlier editions"
    return day.reason or "the source lists no papers"


def after_failure(before: Standing | None, reason: str, at: datetime) -> Standing:
    """Where an edition stands after a pull that failed: the last good state is left alone."""
    if before is None:
        before = Standing(state=EditionState.FAILED, reason=reason, opened_at=at)
    elif before.state is EditionState.FAILED:
        before = replace(before, reason=reason)
    return with_problem(before, reason, at)


def with_problem(standing: Standing, problem: str, at: datetime) -> Standing:
    """The same with a problem; its beginning is kept while it lasts."""
    return replace(standing, problem=problem, problem_since=standing.problem_since or at)


def ending(
    standing: Standing, *, deadline: datetime, quiet: timedelta, longest: timedelta, now: datetime
) -> EditionState | None:
    """What an edition that fills becomes now: settled, empty, or None while it goes on.

    It ends when it was seen unchanged for `quiet` past its deadline, or, if it changes on and
    on, `longest` past it. The source must have answered well since: the silence of a source
    that fails proves nothing.
    """
    if standing.state is not EditionState.FILLING or standing.problem:
        return None
    if standing.fetched_at is None or now < standing.fetched_at:
        return None
    still_since = max(standing.changed_at or deadline, deadline)
    if standing.fetched_at < min(still_since + quiet, deadline + longest):
        return None
    return EditionState.SETTLED if standing.papers else EditionState.EMPTY


def combined_state(states: Sequence[EditionState]) -> EditionState:
    """The state of a date that several sources share.

    It fills while one of them does, is settled with one that is; else it has no papers and
    the worst of the causes is told.
    """
    order = (
        EditionState.FILLING,
        EditionState.SETTLED,
        EditionState.FAILED,
        EditionState.STALE,
        EditionState.EMPTY,
    )
    return min(states, key=order.index)


def combine(editions: Sequence[Edition]) -> Edition:
    """One view of the editions of one date, the papers of each source after the other's.

    Raises:
        ValueError: there are none, or they are of several dates.
    """
    dates = {edition.date for edition in editions}
    if len(dates) != 1:
        msg = f"editions of one date are combined, not of {sorted(map(str, dates))}"
        raise ValueError(msg)
    if len(editions) == 1:
        return editions[0]
    told = [f"{edition.source}: {edition.reason}" for edition in editions if edition.reason]
    return Edition(
        date=dates.pop(),
        papers=distinct(paper for edition in editions for paper in edition.papers),
        state=combined_state([edition.state for edition in editions]),
        reason="; ".join(told),
        source="+".join(edition.source for edition in editions),
        returns=tuple(dict.fromkeys(back for edition in editions for back in edition.returns)),
    )
