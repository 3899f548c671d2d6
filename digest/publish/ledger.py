"""What the outbox knows of a reader's earlier digests: occasions that are taken, papers had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from digest.delivery.tables import deliveries, selections
from digest.model import DeliveryState
from digest.publish.packing import places_of

#: The papers of a frozen copy, by place.
Keys = Callable[[int], Sequence[str]]
Occasion = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that an occasion has already: the copy it was chosen from, and when."""

    snapshot: int | None
    planned_at: datetime


def taken(
    connection: Connection, numbers: Collection[int], occasions: Collection[str]
) -> dict[Occasion, Taken]:
    """Which (subscriber, kind, occasion) have a row."""
    c = deliveries.c
    query = select(c.subscriber_id, c.kind, c.occasion, c.snapshot, c.planned_at).where(
        c.subscriber_id.in_(numbers), c.occasion.in_(occasions)
    )
    return {
        (row.subscriber_id, row.kind, row.occasion): Taken(row.snapshot, row.planned_at)
        for row in connection.execute(query)
    }


def had_papers(
    connection: Connection,
    numbers: Collection[int],
    since: datetime,
    keys: Keys,
    before: int | None = None,
) -> dict[int, set[str]]:
    """The papers that readers were sent since an instant, by subscriber.

    Args:
        connection: to the outbox.
        numbers: of the subscribers.
        since: when the first of their deliveries that count was planned.
        keys: looks up a frozen copy.
        before: only what was planned earlier than the delivery of this number.
    """
    c = deliveries.c
    columns = (c.subscriber_id, c.snapshot, selections.c.selection)
    query = (
        select(*columns)
        .join_from(deliveries, selections)
        .where(
            c.subscriber_id.in_(numbers),
            c.planned_at >= since,
            c.snapshot.is_not(None),
            c.state.not_in((DeliveryState.SKIPPED, DeliveryState.FAILED, DeliveryState.BOUNCED)),
        )
    )
    if before is not None:
        query = query.where(c.id < before)
    found: dict[int, set[str]] = defaultdict(set)
    for row in connection.execute(query):
        known = keys(row.snapshot)
        found[row.subscriber_id].update(known[place] for place in places_of(row.selection))
    return found
