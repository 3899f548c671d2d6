"""What one due reader gets, and when they are looked at again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from digest import occasions
from digest.model import DAILY, WEEKLY
from digest.occasions import Holding, Settled
from digest.outcomes import DayOutcome, ReaderDay
from subscribers.due import dues, is_on, local_day, next_due, waits_until
from subscribers.errors import InvalidSchedule
from subscribers.model import Cadence, Subscriber, SubscriptionStatus, WhenNothing

LOOK_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A reader as they stand in the schedule.

    Attributes:
        due_at: as stored.
        had: the highest number of the editions that they were given.
        suppressed: nothing may be sent to their address.
        resting_until: nothing is sent before, after soft bounces.
    """

    reader: Subscriber
    due_at: datetime
    had: int = 0
    suppressed: bool = False
    resting_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What is the same for all readers of one moment.

    Attributes:
        now: the clock.
        settled: the editions that are closed, by number.
        nothing_new: why no source has more, in words.
        awaited: until when, at the latest, the editions that still fill could be settled by
            their calendars; those of them that a reader may wait for.
    """

    now: datetime
    settled: tuple[Settled, ...] = ()
    nothing_new: str = "no source has listed anything yet"
    awaited: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a due reader.

    Attributes:
        due: how they stood when it was decided.
        due_at: when they are looked at next.
        had: the number that counts as given from now on.
        at: the due instant that a digest answers.
        holdings: what to select from, by kind; empty where nothing is to be sent.
        days: their days without a digest.
    """

    due: Due
    due_at: datetime
    had: int
    at: datetime
    holdings: tuple[tuple[str, Holding], ...] = ()
    days: tuple[ReaderDay, ...] = ()

    def without(self, outcome: DayOutcome, reason: str, now: datetime) -> Decision:
        """The same with nothing to send, for this reason."""
        day = _day(self.due, self.at, outcome, reason, now)
        return replace(self, holdings=(), days=(*self.days, day))


def decide(due: Due, tick: Tick) -> Decision:
    """What becomes of a reader who is due, or who is taken as due now."""
    now = tick.now
    instants, following = _instants(due, now)
    *gone, last = instants
    if reason := _objection(due, now):
        days = tuple(_day(due, at, *reason, now) for at in instants)
        # Who is resting gets later what is still fresh then; a pause passes editions by.
        had = due.had if reason[0] is DayOutcome.RESTING else _highest(tick, due.had)
        return Decision(due=due, due_at=following, had=had, at=last, days=days)
    if not gone and (until := _waits(due, last, tick)) is not None:
        return Decision(due=due, due_at=until, had=due.had, at=last)
    missed = tuple(_day(due, at, DayOutcome.MISSED, _missed(due, last), now) for at in gone)
    holdings, had = _holdings(due, last, len(gone), tick)
    found = Decision(due=due, due_at=following, had=had, at=last, days=missed, holdings=holdings)
    if not holdings:
        return found.without(DayOutcome.NOTHING_NEW, tick.nothing_new, now)
    return found


def decided(due: Due, tick: Tick) -> Decision:
    """As `decide`; a reader whose schedule is none is looked at again in a day."""
    try:
        return decide(due, tick)
    except InvalidSchedule as error:
        later = tick.now + timedelta(days=1)
        broken = Decision(due=due, due_at=later, had=due.had, at=tick.now)
        return broken.without(DayOutcome.FAILED, str(error), tick.now)


def taken_now(due: Due, now: datetime) -> bool:
    """Whether a run that asks for no hour takes this reader: `digest send`.

    It does on the days of their schedule, and at once where they have had nothing yet; who
    wants a day of the week waits for it.
    """
    schedule = due.reader.schedule
    today = local_day(schedule, now)
    theirs = is_on(schedule, today) and local_day(schedule, due.due_at) <= today
    return due.due_at <= now or theirs or not (due.had or schedule.cadence is Cadence.WEEKLY)


def is_due(due: Due, now: datetime) -> bool:
    """Whether their hour has come."""
    return due.due_at <= now


#: Whether a reader is taken at this moment: `is_due`, `taken_now`.
IsTaken = Callable[[Due, datetime], bool]


def _instants(due: Due, now: datetime) -> tuple[list[datetime], datetime]:
    """The due instants that are answered now, and the one that comes after them."""
    schedule = due.reader.schedule
    if found := list(dues(schedule, due.due_at, now)):
        return found, next_due(schedule, found[-1])
    if local_day(schedule, due.due_at) == local_day(schedule, now):
        return [due.due_at], next_due(schedule, due.due_at)
    return [now], due.due_at  # a first digest on a day that is not theirs


def _holdings(
    due: Due, at: datetime, missed: int, tick: Tick
) -> tuple[tuple[tuple[str, Holding], ...], int]:
    schedule = due.reader.schedule
    today = local_day(schedule, tick.now)
    if schedule.cadence is Cadence.WEEKLY:
        held = occasions.weekly(tick.settled, due.had, today)
        return (((WEEKLY, held),) if held.editions else ()), held.upto
    held = occasions.daily(tick.settled, due.had, today, missed=missed, catch_up=schedule.catch_up)
    found = [(DAILY, held)] if held.editions else []
    if _wants_week(due.reader, at):
        week = occasions.weekly(tick.settled, 0, today)
        found += [(WEEKLY, week)] if week.editions else []
    return tuple(found), held.upto


def _wants_week(reader: Subscriber, at: datetime) -> bool:
    """A daily reader who wants a weekly digest of the days on which nothing matched."""
    day = local_day(reader.schedule, at)
    return reader.when_nothing is WhenNothing.WEEKLY and day.weekday() == reader.schedule.weekday


def _waits(due: Due, at: datetime, tick: Tick) -> datetime | None:
    """When to look again for an edition that could be settled before the latest hour."""
    until = waits_until(due.reader.schedule, at)
    if until is None or tick.now >= until or not any(a <= until for a in tick.awaited):
        return None
    return min(until, tick.now + LOOK_AGAIN)


def _objection(due: Due, now: datetime) -> tuple[DayOutcome, str] | None:
    if due.reader.status is SubscriptionStatus.PAUSED:
        return DayOutcome.PAUSED, "paused by the reader"
    if due.suppressed:
        return DayOutcome.SUPPRESSED, "nothing may be sent to this address: it is suppressed"
    if due.resting_until is not None and due.resting_until > now:
        day = f"{due.resting_until:%Y-%m-%d}"
        return DayOutcome.RESTING, f"the address rests until {day} after soft bounces"
    return None


def _missed(due: Due, last: datetime) -> str:
    day = local_day(due.reader.schedule, last)
    return f"Paper Digest was not running at this hour; see {day}"


def _highest(tick: Tick, had: int) -> int:
    return max([had, *(edition.number for edition in tick.settled)])


def _day(due: Due, at: datetime, outcome: DayOutcome, reason: str, now: datetime) -> ReaderDay:
    return ReaderDay(
        subscriber_id=due.reader.id,
        day=local_day(due.reader.schedule, at),
        outcome=outcome,
        reason=reason,
        at=now,
    )


def left_over(
    editions: Sequence[Settled], keys: dict[Settled, frozenset[str]], considered: Iterable[str]
) -> list[Settled]:
    """The editions that hold a paper which an earlier digest was not chosen from."""
    known = set(considered)
    return [edition for edition in editions if not keys[edition] <= known]


def newest(editions: Iterable[Settled]) -> date:
    """The newest date: the day that a digest's masthead shows."""
    return max(edition.date for edition in editions)


def occasion_of(kind: str, holding: Holding) -> str:
    """What makes the digest of a holding unique for its reader."""
    if holding.second:
        return occasions.second_occasion(holding.editions)
    if kind == WEEKLY:
        return occasions.occasion_of_week(holding.editions)
    return occasions.occasion_of_day(holding.editions)
