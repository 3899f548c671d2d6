"""What a file says of those who are known already: collected line by line, written in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from subscribers import rows
from subscribers.address import comparable
from subscribers.due import after_edit
from subscribers.model import Subscriber, SubscriptionStatus, Topic
from subscribers.tables import consents, past_schedules, subscribers
from subscribers.transfer.incoming import Incoming

_CHUNK = 500  # values of one IN (…)
Value = TypeVar("Value")
_LEFT = {"status": SubscriptionStatus.UNSUBSCRIBED, "due_at": None}


@dataclass(slots=True)
class Met:
    """What is to be written of those who are known."""

    topics: dict[int, Sequence[Topic]] = field(default_factory=dict)
    choices: list[dict[str, Any]] = field(default_factory=list)
    schedules: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    suppressed: list[int] = field(default_factory=list)


class Meeting:
    """A block's subscribers who are known.

    Args:
        connection: of the import's transaction.
        block: lines whose addresses differ.
        now: the clock.
        update: they take over what the file says of their choices.
    """

    def __init__(
        self, connection: Connection, block: Sequence[Incoming], now: datetime, *, update: bool
    ) -> None:
        self._connection = connection
        self._now = now
        self.known = _known(connection, block)
        found = list(self.known.values()) if update else []
        self._stand = {one.id: one for one in rows.with_topics(connection, found)}
        self._met = Met()

    def changes(self, before: Row[Any], one: Incoming) -> bool:
        """Takes the choices that the file tells, where they are others; whether they are."""
        stands = self._stand.get(before.id)
        if stands is None:
            return False
        told = {name: getattr(one.subscriber, name) for name in one.given}
        if all(getattr(stands, name) == value for name, value in told.items()):
            return False
        if "topics" in told:
            self._met.topics[before.id] = told["topics"]
        chosen = replace(stands, **told)
        if rows.chosen(chosen) != rows.chosen(stands):
            self._choose(before, stands, chosen)
        return True

    def _choose(self, before: Row[Any], stands: Subscriber, chosen: Subscriber) -> None:
        due = after_edit(stands.schedule, chosen.schedule, before.due_at, self._now)
        row = {"known_id": before.id, **rows.chosen(chosen), "due_at": due}
        self._met.choices.append(row)
        if stands.schedule != chosen.schedule:
            held = {"subscriber_id": before.id, "until": self._now}
            self._met.schedules.append(rows.schedule_values(stands.schedule) | held)

    def leaves(self, before: Row[Any], one: Incoming) -> bool:
        """Notes that a person left by the file's word, where it counts; whether it does."""
        if one.subscriber.status is not SubscriptionStatus.UNSUBSCRIBED:
            return False
        if not _may_leave(before, one):
            return False
        line = {"subscriber_id": before.id, "action": "unsubscribe", "source": "import"}
        self._met.left.append({**line, "at": one.left_at or self._now, "text_version": ""})
        return True

    def suppress(self, before: Row[Any]) -> None:
        """Notes that nothing is sent to them any more."""
        self._met.suppressed.append(before.id)

    def write(self) -> None:
        """Writes all that was noted."""
        met, connection = self._met, self._connection
        if met.topics:
            rows.write_topics(connection, met.topics)
        if met.choices:
            given: dict[str, Any] = {
                name: bindparam(name) for name in met.choices[0] if name != "known_id"
            }
            this = subscribers.c.id == bindparam("known_id")
            connection.execute(update(subscribers).where(this).values(**given), met.choices)
        if met.schedules:
            connection.execute(insert(past_schedules), met.schedules)
        if met.left:
            connection.execute(insert(consents), met.left)
            _write_all(connection, [line["subscriber_id"] for line in met.left], _LEFT)
        _write_all(connection, met.suppressed, {"suppressed": True})


def _known(connection: Connection, block: Sequence[Incoming]) -> dict[str, Row[Any]]:
    keys = [comparable(one.subscriber.email) for one in block]
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(keys):
        query = select(subscribers).where(subscribers.c.email_key.in_(chunk))
        found.update((row.email_key, row) for row in connection.execute(query))
    return found


def _write_all(connection: Connection, numbers: Sequence[int], values: dict[str, Any]) -> None:
    for chunk in chunks(numbers):
        these = subscribers.c.id.in_(chunk)
        connection.execute(update(subscribers).where(these).values(**values))


def _may_leave(before: Row[Any], one: Incoming) -> bool:
    """Whether the file's departure counts: not where the person agreed here after it."""
    if before.status == SubscriptionStatus.UNSUBSCRIBED:
        return False
    agreed = before.confirmed_at
    return not (agreed and one.left_at and one.left_at < agreed)


def chunks(keys: Sequence[Value]) -> list[Sequence[Value]]:
    """Parts that a statement takes."""
    return [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]
