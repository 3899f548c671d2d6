"""What many plain readers share: the decision on those of one schedule, and the topics' table.

A plain reader's daily digest follows from their topics alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.delivery import Plan
from digest.delivery.alike import Shared, shared_of
from digest.model import DAILY, DeliveryState, Digest
from digest.occasions import Holding, occasion_of_day
from digest.publish.deciding import Decision, Due, IsTaken, Tick, decide
from digest.publish.gathering import Gathered
from digest.publish.joining import Pieces
from digest.publish.pieces import Entries, Listed, Packer, Style, Topics, style_of
from digest.publish.stream import Sort
from digest.selection.crowd import Crowd
from subscribers.errors import InvalidSchedule, PaperDigestError
from subscribers.model import Cadence, Schedule, Subscriber, SubscriptionStatus, WhenNothing
from subscribers.storage import read_instant

Row = Callable[[Digest, Gathered, Decision, Tick], Plan]


class Move(NamedTuple):
    """Where readers stand, and where they stand once they are moved on."""

    due_at: datetime
    had: int
    next_at: datetime
    next_had: int


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What is decided for all readers of one schedule, due instant and standing.

    Attributes:
        decision: of any of them.
        holding: what their digest is selected from; None where they are no plain readers.
        sort: what their rows hold.
        taken: whether they are taken at all.
    """

    decision: Decision
    holding: Holding | None
    sort: Sort
    taken: bool = True

    @property
    def move(self) -> Move:
        """How its readers are moved on: for many courses the same."""
        its = self.decision
        return Move(its.due.due_at, its.due.had, its.due_at, its.had)

    @property
    def patient(self) -> bool:
        """Whether they get nothing where nothing matches: what else, is chosen one by one."""
        return self.decision.due.reader.when_nothing not in (WhenNothing.NEAR, WhenNothing.TOP)


def course_of(stored: str, tick: Tick, taken: IsTaken) -> Course:
    """What is decided for readers whose rows hold this."""
    sort = Sort._make(json.loads(stored))
    due = _due(sort)
    try:
        decision = decide(due, tick)
        if not taken(due, tick.now):
            return Course(decision, None, sort, taken=False)
    except InvalidSchedule:  # told with the reader's name where they are planned alone
        return Course(Decision(due=due, due_at=tick.now, had=due.had, at=tick.now), None, sort)
    plain = (
        due.reader.status is SubscriptionStatus.CONFIRMED
        and not due.suppressed
        and not decision.days
        and [kind for kind, _ in decision.holdings] == [DAILY]
    )
    return Course(decision, decision.holdings[0][1] if plain else None, sort)


def _due(sort: Sort) -> Due:
    reader = Subscriber(
        email="",
        status=SubscriptionStatus(sort.status),
        template=sort.template,
        locale=sort.locale,
        schedule=Schedule(
            cadence=Cadence(sort.cadence),
            weekday=sort.weekday,
            hour=sort.hour,
            minute=sort.minute,
            timezone=sort.timezone,
            latest_hour=sort.latest_hour,
            catch_up=bool(sort.catch_up),
        ),
        when_nothing=WhenNothing(sort.when_nothing),
    )
    return Due(
        reader=reader,
        due_at=read_instant(sort.due_at),
        had=sort.had_number,
        suppressed=bool(sort.suppressed),
        resting_until=read_instant(sort.resting_until),
    )


class Model(NamedTuple):
    """What the deliveries of readers of one course share.

    Attributes:
        planned: of what is to be sent.
        skipped: of what is not, since nothing matched.
        style: of the packed digest.
    """

    planned: Shared
    skipped: Shared
    style: Style


class Table:
    """What plain readers of the same editions share.

    Args:
        gathered: the editions.
        texts: all topics of the store, by id.
        row: makes the outbox row of a digest.
    """

    def __init__(self, gathered: Gathered, texts: Mapping[int, str], row: Row) -> None:
        known = gathered.selector.evaluation.asked
        usable = {number: text for number, text in texts.items() if text in known}
        self.gathered = gathered
        self.crowd = Crowd(gathered.selector, list(usable.values()))
        self.count = len(gathered.edition.papers)
        self._number = np.full(max(texts, default=0) + 2, -1, np.int64)
        self._number[list(usable)] = np.arange(len(usable))
        pieces, places = Pieces(), gathered.places
        self.pieces = pieces
        self.listed = Listed(pieces, [places[paper.key] for paper in gathered.edition.papers])
        self.entries = Entries(pieces, self.crowd, places, len(usable))
        self.topics = Topics(pieces, texts)
        self.likes_of = gathered.selector.likes_of
        self._row = row
        self._models: dict[Course, Model | None] = {}
        self._packers: dict[Holding, Packer] = {}

    def packer(self, holding: Holding) -> Packer:
        """Packs digests of a holding of these editions."""
        if holding not in self._packers:
            self._packers[holding] = Packer(self._digest(holding, Subscriber(email="")))
        return self._packers[holding]

    def numbers(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The topics' numbers by their ids; -1 for one that is broken, or newer than this."""
        return self._number[np.minimum(ids, len(self._number) - 1)]

    def model(self, course: Course, tick: Tick) -> Model | None:
        """What readers of a course share; None where their template is broken."""
        if course not in self._models:
            self._models[course] = self._made(course, tick)
        return self._models[course]

    def _made(self, course: Course, tick: Tick) -> Model | None:
        assert course.holding is not None  # noqa: S101  # only plain readers come here
        someone = course.decision.due.reader
        digest = self._digest(course.holding, someone)
        try:
            skipped = shared_of(self._row(digest, self.gathered, course.decision, tick))
        except PaperDigestError:
            return None
        state = DeliveryState.PLANNED.value
        planned = skipped._replace(state=state, next_attempt_at=skipped.due_at)
        return Model(planned, skipped, style_of(course.sort, someone.schedule))

    def _digest(self, holding: Holding, reader: Subscriber) -> Digest:
        return Digest(
            subscriber=reader,
            kind=DAILY,
            occasion=occasion_of_day(holding.editions),
            date=self.gathered.edition.date,
            entries=(),
            considered=self.count,
            catch_up=holding.catch_up,
        )
