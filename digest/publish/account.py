"""What became of a day and of a reader: the answer to “why did I get nothing?”.

For the command line and the operator's page alike; everything is read from what was recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Engine, case, func, select

from digest.archive import Archive, SourceRow
from digest.delivery.tables import deliveries
from digest.model import DAILY, WEEKLY, WELCOME, DeliveryState
from digest.outcomes import Outcomes
from digest.publish import standing, untold
from subscribers.model import Subscriber
from subscribers.past import Schedules, schedules_of

_DAY = timedelta(days=1)
SCHEDULED = (DAILY, WEEKLY)
DIGESTS = (*SCHEDULED, WELCOME)
NOTHING = "nothing matched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One day of one reader.

    Attributes:
        day: of the reader's calendar.
        outcome: `sent`, `deferred`, `nothing matched`, `paused`, `not a day of theirs`, …
        reason: in words; what the mail server said of a digest.
        digest: kind and occasion, "" where no digest was planned. A welcome has no occasion that
            means anything to people.
        at: when that was decided or last changed; None where it follows from the schedule.
    """

    day: date
    outcome: str
    reason: str = ""
    digest: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionLine:
    """One source's edition of a date, in words."""

    source: str
    date: date
    state: str
    papers: int
    told: str
    opened_at: datetime
    settled_at: datetime | None


def edition_lines(archive: Archive, day: date) -> list[EditionLine]:
    """How each source's edition of a date stands, and why."""
    rows = [row for found in archive.list(since=day, until=day) for row in found.sources]
    return [_edition_line(row) for row in rows]


def deliveries_of(engine: Engine, day: date) -> dict[tuple[str, str, str], int]:
    """How many digests that were due on a date (in UTC) stand where: by kind, outcome, reason.

    What each server answered to what it took is no reason; how near a paper came to matching is
    each reader's own.
    """
    c = deliveries.c
    begin = datetime.combine(day, time(), UTC)
    text = case(
        (c.text.startswith(NOTHING), NOTHING),
        (c.state.in_((DeliveryState.ACCEPTED, DeliveryState.SENDING)), ""),
        else_=c.text,
    )
    query = (
        select(c.kind, c.state, text, func.count())
        .where(c.kind.in_(DIGESTS), c.due_at >= begin, c.due_at < begin + _DAY)
        .group_by(c.kind, c.state, text)
        .order_by(c.kind, c.state, func.count().desc())
    )
    with engine.connect() as connection:
        found = connection.execute(query).all()
    return {(kind, *in_words(state, why)): int(n) for kind, state, why, n in found}


def reader_lines(engine: Engine, reader: Subscriber, since: date, until: date) -> list[Line]:
    """What became of each of a reader's days of a span, the latest first."""
    told = {line.day: [line] for line in _without(engine, reader, since, until)}
    schedules = schedules_of(engine, reader)
    digests: dict[date, list[Line]] = {}
    for line in _digests(engine, reader, schedules, since, until):
        digests.setdefault(line.day, []).append(line)
    days = [until - back * _DAY for back in range((until - since).days + 1)]
    standing = untold.standing_of(engine, reader, schedules)
    elsewhere = _elsewhere(engine, reader, schedules, since, until)
    lines = []
    for day in days:
        found = digests.get(day, [])
        if all(line.digest == WELCOME for line in found):  # which answers no day's schedule
            found = [*found, *told.get(day, ())]
        found = found or [Line(day=day, **untold.tell(standing, day))]
        lines += [_with_edition(line, elsewhere) for line in found]
    return lines


def editions_sent(engine: Engine, day: date) -> dict[tuple[date, str], int]:
    """What became of digests of a date's edition that were due on other dates (in UTC).

    Returns:
        How many, by that date and outcome.
    """
    c = deliveries.c
    query = select(c.due_at, c.state, c.text).where(c.kind == DAILY, *_of_edition(day, day))
    found: Counter[tuple[date, str]] = Counter()
    with engine.connect() as connection:
        for due_at, state, text in connection.execute(query):
            if due_at.date() != day:
                found[due_at.date(), in_words(state, text)[0]] += 1
    return dict(sorted(found.items()))


def outcome_of(state: DeliveryState) -> str:
    """What a delivery's state means to its reader."""
    words = {
        DeliveryState.PLANNED: "planned",
        DeliveryState.SENDING: "being sent",
        DeliveryState.ACCEPTED: "sent",
        DeliveryState.UNCERTAIN: "sent, the answer never came",
        DeliveryState.BOUNCED: "refused by the server",
        DeliveryState.SKIPPED: "not sent",
        DeliveryState.HELD: "held by the operator",
    }
    return words.get(state, str(state))


def in_words(state: str, text: str) -> tuple[str, str]:
    """What a digest's state means to its reader, and why."""
    if state == DeliveryState.SKIPPED and text.startswith(NOTHING):
        return NOTHING, text.removeprefix(NOTHING)
    return outcome_of(DeliveryState(state)), text


def _edition_line(row: SourceRow) -> EditionLine:
    its = row.standing
    # A failure's reason is what is wrong with its source, without the hour.
    parts = (its.reason if its.reason != its.problem else "", standing.problem(its))
    told = "; ".join(part for part in parts if part)
    return EditionLine(
        source=row.source,
        date=row.date,
        state=its.state,
        papers=its.papers,
        told=told,
        opened_at=its.opened_at,
        settled_at=its.settled_at,
    )


def _without(engine: Engine, reader: Subscriber, since: date, until: date) -> Iterator[Line]:
    for day in Outcomes(engine).of_reader(reader.id, since, until):
        yield Line(day=day.day, outcome=day.outcome, reason=day.reason, at=day.at)


def _digests(
    engine: Engine, reader: Subscriber, schedules: Schedules, since: date, until: date
) -> Iterator[Line]:
    c = deliveries.c
    begin = datetime.combine(since, time(), UTC) - _DAY  # its own zone may be a day apart
    query = (
        select(c.kind, c.occasion, c.state, c.text, c.due_at, c.planned_at, c.settled_at)
        .where(c.subscriber_id == reader.id, c.kind.in_(DIGESTS), c.due_at >= begin)
        .where(c.due_at < begin + _DAY * ((until - since).days + 3))
        .order_by(c.due_at, c.id)
    )
    with engine.connect() as connection:
        for row in connection.execute(query):
            day = schedules.day(row.due_at, row.planned_at)
            if since <= day <= until:
                yield Line(
                    day=day,
                    outcome=in_words(row.state, row.text)[0],
                    reason=row.text,
                    digest=WELCOME if row.kind == WELCOME else f"{row.kind} {row.occasion}",
                    at=row.settled_at or row.due_at,
                )


def _elsewhere(
    engine: Engine, reader: Subscriber, schedules: Schedules, since: date, until: date
) -> dict[date, str]:
    """What became of editions of these dates that were sent on other days, by date."""
    c, found = deliveries.c, {}
    query = select(c.occasion, c.state, c.text, c.due_at, c.planned_at)
    query = query.where(
        c.subscriber_id == reader.id, c.kind == DAILY, *_of_edition(since, until)
    ).order_by(c.id)
    with engine.connect() as connection:
        for row in connection.execute(query):
            edition = date.fromisoformat(row.occasion[:10])
            day = schedules.day(row.due_at, row.planned_at)
            if day != edition:
                outcome = in_words(row.state, row.text)[0]
                found[edition] = f"the edition of {edition}: {outcome} on {day}"
    return found


def _of_edition(since: date, until: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Daily digests of these editions, by their occasions."""
    c = deliveries.c
    return c.occasion >= f"{since}", c.occasion < f"{until + _DAY}"


def _with_edition(line: Line, elsewhere: Mapping[date, str]) -> Line:
    """A day without a digest says where its edition went."""
    if line.digest or line.day not in elsewhere:
        return line
    told = "; ".join(part for part in (line.reason, elsewhere[line.day]) if part)
    return replace(line, reason=told)
