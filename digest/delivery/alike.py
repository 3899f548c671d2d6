"""Many new deliveries that are alike: those of the readers of one block.

They share most of their values, so these are handed over once. On SQLite the others go in as one
value for all: a statement that is run for a whole block lets go of the interpreter meanwhile, while
one that is run for each row waits for it again at each. On PostgreSQL they go into the tables by
COPY. Their numbers are known before, so that a delivery and what its message is made of need not
find each other.

All is written within the caller's transaction, so that deliveries and what belongs to them happen
together or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from digest.delivery import sql
from digest.delivery.plan import Plan
from digest.model import DeliveryState


class Stands(Exception):
    """One of the deliveries stands in the outbox already: nothing may be committed."""


class Shared(NamedTuple):
    """What deliveries that are alike share; instants as `sql.instant` writes them."""

    kind: str
    occasion: str
    state: str
    planned_at: str | None
    due_at: str | None
    expires_at: str | None
    next_attempt_at: str | None
    snapshot: int | None
    key_id: int
    template: str
    template_hash: str


#: What each of them has of its own: subscriber, recipient, domain and text.
Own = tuple[int, str, str, str]
_OWN = ("subscriber_id", "recipient", "domain", "text")


class Texts(NamedTuple):
    """Many texts as one: text `i` is its octets from `starts[i]` to `starts[i + 1]`."""

    whole: bytes
    starts: NDArray[np.int64]

    def each(self) -> Iterator[str]:
        """One by one."""
        for start, end in pairwise(self.starts.tolist()):
            yield self.whole[start:end].decode()

    def spans(self) -> list[int]:
        """Where each stands: its place, counted from one, and in the lower bits its length."""
        spans: list[int] = ((self.starts[:-1] + 1 << _BITS) | np.diff(self.starts)).tolist()
        return spans


class Alike(NamedTuple):
    """Deliveries that share all that does not depend on their reader.

    Attributes:
        selections: what the message of each is made of.
    """

    shared: Shared
    own: Sequence[Own]
    selections: Texts


def shared_of(plan: Plan) -> Shared:
    """What a plan shares with those that are alike."""
    due = sql.instant(plan.due_at)
    return Shared(
        kind=plan.kind,
        occasion=plan.occasion,
        state=(DeliveryState.SKIPPED if plan.skip else DeliveryState.PLANNED).value,
        planned_at=sql.instant(plan.planned_at),
        due_at=due,
        expires_at=sql.instant(plan.expires_at),
        next_attempt_at=None if plan.skip else due,
        snapshot=plan.snapshot,
        key_id=plan.key_id,
        template=plan.template,
        template_hash=plan.template_hash,
    )


def write_alike(connection: Connection, some: Sequence[Alike]) -> None:
    """Writes deliveries none of which stands in the outbox yet: in half the time.

    Raises:
        Stands: one does.
    """
    write = _inserted if connection.dialect.name == "sqlite" else _copied
    driver: Any = connection.dialect.loaded_dbapi
    try:
        for its in some:
            write(connection, its)
    except (IntegrityError, driver.IntegrityError) as error:
        raise Stands from error


def _inserted(connection: Connection, its: Alike) -> None:
    values: dict[str, object] = its.shared._asdict()
    values["first"] = connection.exec_driver_sql(_NEXT).scalar_one()
    values["own"] = _compact(its.own)
    connection.exec_driver_sql(_DELIVERIES, values)
    values["all"] = its.selections.whole
    values["spans"] = _compact(its.selections.spans())
    connection.exec_driver_sql(_SELECTIONS, values)


def _copied(connection: Connection, its: Alike) -> None:
    numbers = connection.execute(_NUMBERS, {"count": len(its.own)}).scalar_one()
    small, frozen = its.shared[: len(_SMALL)], its.shared[len(_SMALL) :]
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        with cursor.copy(_COPY_DELIVERIES) as copy:
            for number, own in zip(numbers, its.own, strict=True):
                copy.write_row((number, *own, *small, "", ""))
        with cursor.copy(_COPY_SELECTIONS) as copy:
            for number, selection in zip(numbers, its.selections.each(), strict=True):
                copy.write_row((number, selection, *frozen))


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_BITS = 32  # of a span's length, behind its place
_SMALL = tuple(name for name in Shared._fields if name not in sql.FROZEN)
_ALL = ", ".join((*_OWN, *_SMALL, "owner", "enhanced"))
_WHOLE = ", ".join(("delivery_id", "selection", *Shared._fields[len(_SMALL) :]))
_VALUES = ", ".join(f"value ->> {place}" for place in range(len(_OWN)))
# Who writes on SQLite is alone, so nobody else takes these numbers.
_NEXT = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'deliveries'"
_DELIVERIES = f"""
    INSERT INTO deliveries (id, {_ALL})
    SELECT :first + key, {_VALUES}, {", ".join(f":{name}" for name in _SMALL)}, '', ''
      FROM json_each(:own)"""  # noqa: S608  # the parts are constants of this module
_SELECTIONS = f"""
    INSERT INTO selections ({_WHOLE})
    SELECT :first + key,
           CAST(substr(:all, value >> {_BITS}, value & {(1 << _BITS) - 1}) AS TEXT),
           {", ".join(f":{name}" for name in Shared._fields[len(_SMALL) :])}
      FROM json_each(:spans)"""  # noqa: S608  # likewise
_NUMBERS = text(
    "SELECT array_agg(nextval('deliveries_id_seq')) FROM generate_series(1, CAST(:count AS int))"
)
_COPY_DELIVERIES = f"COPY deliveries (id, {_ALL}) FROM STDIN"
_COPY_SELECTIONS = f"COPY selections ({_WHOLE}) FROM STDIN"
