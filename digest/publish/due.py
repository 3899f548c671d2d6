"""Planning for the readers who are due: the same for `digest run` and `digest send`.

A block of readers at a time: read, decide, select, then one transaction in which the
deliveries are enqueued, the days without mail recorded and the readers moved on. A kill
anywhere leaves a reader either wholly planned or wholly due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from digest import occasions
from digest.archive import Archive
from digest.calendars import Calendar
from digest.database import writing
from digest.delivery import Outbox, Plan
from digest.model import WEEKLY, Digest, papers_of
from digest.occasions import Holding
from digest.outcomes import DayOutcome, record_days
from digest.publish import ledger, readers, stream, ticks, weekly
from digest.publish.crowds import Crowds
from digest.publish.deciding import (
    Decision,
    Due,
    IsTaken,
    Tick,
    decided,
    is_due,
    left_over,
    newest,
    occasion_of,
    taken_now,
)
from digest.publish.gathering import Gathered, Gathering
from digest.publish.part import Part
from digest.publish.planned import Planned
from digest.publish.prepare import nothing_matched
from digest.publish.streaming import Stop, plan_many
from digest.publish.ticks import MakeTick
from subscribers.due import local_day
from subscribers.errors import PaperDigestError
from subscribers.model import Subscriber

#: Makes the outbox row of a digest: of its frozen copy and the places of papers in it.
Row = Callable[[Digest, int, Mapping[str, int]], Plan]
#: From so many readers on the arrays of a block pay.
MANY = 2000
#: Who moves the day of their weekly digest gets none sooner than this after the last.
_BETWEEN_WEEKS = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class _Block:
    """Decisions that are made, with the digests chosen for them."""

    decisions: list[Decision]
    plans: dict[int, list[Plan]]


class Planner:
    """Plans digests for readers who are due.

    Args:
        engine: of the installation's database.
        row: makes the outbox row of a digest.
        calendars: of the sources.
        gathering: gathers the editions of digests, with all topics on them.
        many: so many readers are planned together where they are plain readers.
        tick: what it sees of the sources; `ticks.foreseen` to look without changing anything.
    """

    def __init__(
        self,
        engine: Engine,
        archive: Archive,
        outbox: Outbox,
        calendars: Sequence[Calendar],
        *,
        gathering: Gathering,
        row: Row,
        many: int = MANY,
        tick: MakeTick = ticks.stored,
    ) -> None:
        self._engine = engine
        self._archive = archive
        self._outbox = outbox
        self._calendars = calendars
        self._row = row
        self._gathering = gathering
        self._many = many
        self._tick = tick

    def due(self, now: datetime, part: Part | None = None, stop: Stop = lambda: False) -> Planned:
        """Plans for everybody whose hour has come.

        Args:
            now: the clock.
            part: only for these; who has no due instant yet is left to whoever divides.
            stop: asked between two blocks, whether to end early.
        """
        planned, tick = Planned(), None
        if part is None:
            readers.schedule_new(self._engine, now)
        numbers = stream.due_numbers(self._engine, now, part)
        if len(numbers) >= self._many:
            tick = self.tick(now)
            self._plan_many(numbers, tick, planned, is_due, stop)
        while not stop() and (block := readers.due_block(self._engine, now, part=part)):
            tick = tick or self.tick(now)
            if not self._plan(block, tick, planned):
                break  # all of them changed meanwhile: they are looked at again next time
        return planned

    def everybody(self, now: datetime, only: Collection[int] | None = None) -> Planned:
        """Plans for all whose day it is, whatever their hour; for those of `only` alone."""
        readers.schedule_new(self._engine, now)
        planned, after, tick = Planned(), 0, self.tick(now)
        numbers = stream.scheduled_numbers(self._engine) if only is None else ()
        if len(numbers) >= self._many:
            self._plan_many(numbers, tick, planned, taken_now, lambda: False)
            return planned
        while block := readers.block_after(self._engine, after, only):
            self._plan([due for due in block if taken_now(due, now)], tick, planned)
            after = block[-1].reader.id
        return planned

    def foresee(self, now: datetime, number: int) -> list[Plan]:
        """The rows that `everybody` would make for one reader; nothing is planned by it."""
        block = readers.block_after(self._engine, number - 1, [number])
        taken, tick = [due for due in block if taken_now(due, now)], self.tick(now)
        made = self._choose([decided(due, tick) for due in taken], tick)
        return made.plans.get(number, [])

    def week(self, reader: Subscriber, last: date, now: datetime) -> tuple[Digest, Gathered] | None:
        """A reader's digest of the week until a date, whenever theirs is due; None without one."""
        tick = self.tick(now)
        settled = [edition for edition in tick.settled if edition.date <= last]
        holding = occasions.weekly(settled, 0, last)
        if not holding.editions:
            return None
        return self._digest(reader, WEEKLY, holding, tick, self._had_lately([reader.id], now))

    def had(self, reader: Subscriber, now: datetime) -> frozenset[str]:
        """The papers that the ledger says a reader of a weekly digest had of late."""
        return frozenset(self._had_lately([reader.id], now).get(reader.id, ()))

    def tick(self, now: datetime) -> Tick:
        """What is the same for all readers of this moment."""
        return self._tick(self._archive, self._calendars, now)

    def _plan_many(
        self, numbers: Sequence[int], tick: Tick, planned: Planned, taken: IsTaken, stop: Stop
    ) -> None:
        """Plans for these readers in blocks, as many of them together as can be."""

        def alone(rest: Sequence[int]) -> None:
            for start in range(0, len(rest), readers.BLOCK):
                block = readers.block_after(self._engine, 0, rest[start : start + readers.BLOCK])
                self._plan([due for due in block if taken(due, tick.now)], tick, planned)

        crowds = Crowds(
            self._engine, self._outbox, self._gathering, tick, row=self._row_of, taken=taken
        )
        plan_many(self._engine, numbers, crowds, planned, alone, stop)

    def _plan(self, block: Sequence[Due], tick: Tick, planned: Planned) -> int:
        """Plans for a block; returns how many readers were moved on."""
        if not block:
            return 0
        made = self._choose([decided(due, tick) for due in block], tick)
        with writing(self._engine).begin() as connection:
            kept = readers.advance(connection, made.decisions)
            plans = [plan for d in kept for plan in made.plans.get(d.due.reader.id, ())]
            self._outbox.enqueue(plans, connection)
            record_days(connection, [day for decision in kept for day in decision.days])
        planned.add(kept, plans)
        return len(kept)

    def _choose(self, decisions: Sequence[Decision], tick: Tick) -> _Block:
        """Selects for the decisions; one whose editions were all had already has its reason."""
        decisions = self._without_taken(decisions, tick)
        had = self._had(decisions, tick)
        made, plans = [], {}
        for decision in decisions:
            try:
                plans[decision.due.reader.id] = self._rows(decision, tick, had)
                made.append(decision)
            except PaperDigestError as error:  # one reader's template holds up nobody else
                kept = replace(decision, had=decision.due.had)
                made.append(kept.without(DayOutcome.FAILED, str(error), tick.now))
        return _Block(made, plans)

    def _rows(self, decision: Decision, tick: Tick, had: dict[int, set[str]]) -> list[Plan]:
        rows = []
        for kind, holding in decision.holdings:
            digest, gathered = self._digest(decision.due.reader, kind, holding, tick, had)
            keys = {paper.key for paper in papers_of(digest)}
            had.setdefault(decision.due.reader.id, set()).update(keys)
            rows.append(self._row_of(digest, gathered, decision, tick))
        return rows

    def _digest(
        self,
        reader: Subscriber,
        kind: str,
        holding: Holding,
        tick: Tick,
        had: Mapping[int, Collection[str]],
    ) -> tuple[Digest, Gathered]:
        today = local_day(reader.schedule, tick.now)
        known, occasion = frozenset(had.get(reader.id, ())), occasion_of(kind, holding)
        if kind == WEEKLY:
            before = weekly.earlier(tick.settled, holding.editions, reader, today)
            gathered = self._gathering.of(tuple(sorted((*holding.editions, *before))))
            passed = self._gathering.only_in(before, holding.editions)
            digest = weekly.select(
                gathered.selector, reader, occasion=occasion, today=today, had=known, before=passed
            )
            return replace(digest, date=newest(holding.editions)), gathered
        gathered = self._gathering.of(holding.editions)
        digest = gathered.selector.select(reader, kind=kind, occasion=occasion, today=today)
        if holding.catch_up:
            digest = replace(weekly.of_span(digest, "days"), catch_up=holding.catch_up)
        return digest, gathered

    def _row_of(self, digest: Digest, gathered: Gathered, decision: Decision, tick: Tick) -> Plan:
        plan = self._row(digest, gathered.snapshot, gathered.places)
        due_at = min(decision.at, tick.now)
        if plan.skip:
            plan = replace(plan, skip=nothing_matched(digest, _nearest(digest, gathered)))
        return replace(plan, due_at=due_at)

    def _without_taken(self, decisions: Sequence[Decision], tick: Tick) -> list[Decision]:
        """Without editions that an earlier digest of the same occasion was chosen from.

        That happens where the operator sent a date by hand, or two sources have one date.
        """
        wanted = {
            (d.due.reader.id, kind, occasion_of(kind, holding))
            for d in decisions
            for kind, holding in d.holdings
        }
        if not wanted:
            return list(decisions)
        with self._engine.connect() as connection:
            numbers = {number for number, _, _ in wanted}
            found = ledger.taken(connection, numbers, {occasion for _, _, occasion in wanted})
        return [self._with_free_occasions(d, found, tick) for d in decisions]

    def _with_free_occasions(
        self, decision: Decision, taken: Mapping[ledger.Occasion, ledger.Taken], tick: Tick
    ) -> Decision:
        number, kept = decision.due.reader.id, []
        for kind, holding in decision.holdings:
            row = taken.get((number, kind, occasion_of(kind, holding)))
            free = holding if row is None else self._rest(kind, holding, row, tick)
            kept += [(kind, free)] if free.editions else []
        if kept or not decision.holdings:
            return replace(decision, holdings=tuple(kept))
        if all(kind == WEEKLY for kind, _ in decision.holdings):
            decision = replace(decision, had=decision.due.had)  # it waits for the next week
        why = "everything new was in an earlier digest of the same occasion"
        return decision.without(DayOutcome.NOTHING_NEW, why, tick.now)

    def _rest(self, kind: str, holding: Holding, row: ledger.Taken, tick: Tick) -> Holding:
        """What an earlier digest of the same occasion was not chosen from."""
        if kind == WEEKLY and tick.now - row.planned_at < _BETWEEN_WEEKS:
            return replace(holding, editions=())
        considered = self._gathering.considered(row.snapshot) if row.snapshot is not None else ()
        keys = self._gathering.keys(holding.editions)
        rest = left_over(holding.editions, keys, considered)
        return replace(holding, editions=tuple(rest), second=True)

    def _had(self, decisions: Sequence[Decision], tick: Tick) -> dict[int, set[str]]:
        """The papers that readers of a weekly digest had of late."""
        asked = [
            d.due.reader.id for d in decisions if any(kind == WEEKLY for kind, _ in d.holdings)
        ]
        return self._had_lately(asked, tick.now) if asked else {}

    def _had_lately(self, numbers: Collection[int], now: datetime) -> dict[int, set[str]]:
        since = now - weekly.LEDGER
        with self._engine.connect() as connection:
            return ledger.had_papers(connection, numbers, since, self._gathering.considered)


def _nearest(digest: Digest, gathered: Gathered) -> str:
    """The title of the paper that came closest to the reader's topics, "" for none."""
    curious = replace(digest.subscriber, near=True)
    close = gathered.selector.select(curious, today=digest.date).entries
    return close[0].paper.title if close else ""
