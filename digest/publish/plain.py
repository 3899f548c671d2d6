"""What many plain readers share: the decision on those of one schedule, and the topics' table.

A plain reader's daily digest follows from their topics alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.delivery import Plan
from digest.delivery.rows import values_of
from digest.model import Digest
from digest.occasions import Holding, occasion_of_day
from digest.publish.deciding import DAILY, Decision, Due, IsTaken, Tick, decide
from digest.publish.gathering import Gathered
from digest.publish.pieces import Entries, Listed, Packer, Style, Topics, style_of
from digest.publish.stream import Stored
from digest.selection.crowd import Crowd
from subscribers.errors import InvalidSchedule, PaperDigestError
from subscribers.model import Cadence, Schedule, Subscriber, SubscriptionStatus, WhenNothing
from subscribers.storage import read_instant

Row = Callable[[Digest, Gathered, Decision, Tick], Plan]


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What is decided for all readers of one schedule, due instant and standing.

    Attributes:
        decision: of any of them.
        holding: what their digest is selected from; None where they are no plain readers.
        taken: whether they are taken at all.
    """

    decision: Decision
    holding: Holding | None
    taken: bool = True


def course_of(stored: tuple[Any, ...], tick: Tick, taken: IsTaken) -> Course:
    """What is decided for readers whose rows hold this."""
    due = _due(stored)
    try:
        decision = decide(due, tick)
        if not taken(due, tick.now):
            return Course(decision, None, taken=False)
    except InvalidSchedule:  # told with the reader's name where they are planned alone
        return Course(Decision(due=due, due_at=tick.now, had=due.had, at=tick.now), None)
    plain = (
        due.reader.status is SubscriptionStatus.CONFIRMED
        and not due.suppressed
        and not decision.days
        and [kind for kind, _ in decision.holdings] == [DAILY]
    )
    return Course(decision, decision.holdings[0][1] if plain else None)


def _due(stored: tuple[Any, ...]) -> Due:
    status, suppressed, resting, due_at, had, *schedule, when_nothing = stored
    cadence, weekday, hour, minute, timezone, latest_hour, catch_up = schedule
    reader = Subscriber(
        email="",
        status=SubscriptionStatus(status),
        schedule=Schedule(
            cadence=Cadence(cadence),
            weekday=weekday,
            hour=hour,
            minute=minute,
            timezone=timezone,
            latest_hour=latest_hour,
            catch_up=bool(catch_up),
        ),
        when_nothing=WhenNothing(when_nothing),
    )
    return Due(
        reader=reader,
        due_at=read_instant(due_at),
        had=had,
        suppressed=bool(suppressed),
        resting_until=read_instant(resting),
    )


class Model(NamedTuple):
    """What readers of one course, template and language share.

    Attributes:
        row: of the outbox, to be copied and filled in.
        style: of the packed digest.
    """

    row: list[object]
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
        self.listed = Listed([gathered.places[paper.key] for paper in gathered.edition.papers])
        self.entries = Entries(self.crowd, gathered.places, self.count)
        self.topics = Topics(texts)
        self.likes_of = gathered.selector.likes_of
        self._row = row
        self._models: dict[tuple[object, ...], Model | None] = {}
        self._packers: dict[Holding, Packer] = {}

    def packer(self, holding: Holding) -> Packer:
        """Packs digests of a holding of these editions."""
        if holding not in self._packers:
            self._packers[holding] = Packer(self._digest(holding, Subscriber(email="")))
        return self._packers[holding]

    def numbers(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The topics' numbers by their ids; -1 for one that is broken, or newer than this."""
        return self._number[np.minimum(ids, len(self._number) - 1)]

    def model(self, reader: Stored, course: Course, tick: Tick) -> Model | None:
        """What readers like this share; None where their template is broken."""
        key = (course, reader.template, reader.locale)
        if key not in self._models:
            self._models[key] = self._made(reader, course, tick)
        return self._models[key]

    def _made(self, reader: Stored, course: Course, tick: Tick) -> Model | None:
        assert course.holding is not None  # noqa: S101  # only plain readers come here
        schedule = course.decision.due.reader.schedule
        someone = replace(course.decision.due.reader, template=reader.template)
        digest = self._digest(course.holding, someone)
        try:
            row = values_of(self._row(digest, self.gathered, course.decision, tick))
        except PaperDigestError:
            return None
        return Model(row, style_of(reader, schedule))

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
