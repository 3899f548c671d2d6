"""The claim's own statements: what is taken, with what counts about its reader.

Each delivery that is ever sent passes here, so the rows come as plain values: an instant is
read once for a whole batch that shares it, and the reader's row comes along.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    TextClause,
    Update,
    any_,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects import sqlite

from digest.delivery import sql
from digest.delivery.plan import Standing
from digest.delivery.tables import deliveries, selections
from digest.model import Delivery, DeliveryState
from subscribers.model import SubscriptionStatus
from subscribers.storage import as_stored, read_instant
from subscribers.tables import subscribers


class Taken(NamedTuple):
    """A claimed delivery, with what counts about its reader and where it goes."""

    delivery: Delivery
    standing: Standing
    domain: str


_D, _S, _M = deliveries.c, subscribers.c, selections.c
_INSTANTS = [as_stored(column) for column in (_D.planned_at, _D.due_at, _D.expires_at)]
_NAMES = (
    "id", "subscriber_id", "kind", "occasion", "recipient", "uncertain", "snapshot",
    "key_id", "code", "enhanced", "text",
)  # fmt: skip
_COLUMNS = (
    *(_D[name] for name in _NAMES),
    _M.selection,
    _M.template,
    _M.template_hash,
    *_INSTANTS,
    _S.email,
    _S.status,
    _S.suppressed,
    as_stored(_S.resting_until),
    _D.domain,
)
_ONE: ColumnElement[int] = literal_column("1")
_COUNTED = {"token": _D.token + _ONE, "attempts": _D.attempts + _ONE}


def take(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    values: dict[str, Any],
    *,
    by_id: bool = False,
) -> list[Taken]:
    """Claims at most `limit` rows, and gives them in the order of their ids.

    Args:
        connection: of a transaction that writes.
        conditions: what is due.
        limit: how many.
        values: the owner, and when the lease ends.
        by_id: takes those with the lowest ids and not those due the longest: the conditions
            leave few, found by their ids, where the order by instants would read all that wait.
    """
    order = (_D.id,) if by_id else (_D.next_attempt_at, _D.id)
    due = select(_D.id).where(*conditions).order_by(*order).limit(limit)
    taking = _on_postgres if connection.dialect.name == "postgresql" else _on_sqlite
    rows = taking(connection, due, {"state": DeliveryState.SENDING.value, **values})
    return [_taken(row) for row in sorted(rows, key=itemgetter(0))]


def _on_postgres(connection: Connection, due: Any, values: dict[str, Any]) -> Sequence[Row[Any]]:  # noqa: ANN401  # a select() has no short type
    """Takes and reads in one statement; the counts come back as they are afterwards.

    As an array the rows are chosen once; as IN (SELECT …) the planner may choose again for each
    row, which is thousands of times slower.
    """
    chosen = any_(func.array(due.with_for_update(skip_locked=True).scalar_subquery()))
    statement = (
        update(deliveries)
        .where(_D.id == chosen, _S.id == _D.subscriber_id, _M.delivery_id == _D.id)
        .values(**values, **_COUNTED)
        .returning(*_COLUMNS, _D.token, _D.attempts)
    )
    return connection.execute(statement).all()


def _on_sqlite(connection: Connection, due: Any, values: dict[str, Any]) -> Sequence[Row[Any]]:  # noqa: ANN401  # a select() has no short type
    """Reads, then takes: nobody else writes meanwhile, and RETURNING would cost a copy of all."""
    numbers = connection.execute(due).scalars().all()
    if not numbers:
        return []
    those = {"numbers": json.dumps(list(numbers))}
    rows = connection.execute(_READING, those).all()
    until = sql.instant(values["next_attempt_at"])
    connection.execute(_MARKING, {**values, **those, "next_attempt_at": until})
    return rows


def _written_once(statement: Select[Any] | Update) -> TextClause:
    """A statement in SQLite's words: to find them anew for each claim takes as long as it runs."""
    return text(str(statement.compile(dialect=sqlite.dialect(paramstyle="named"))))


def _handed(name: str) -> ColumnElement[Any]:
    return literal_column(f":{name}")


_THOSE = text("deliveries.id IN (SELECT value FROM json_each(:numbers))")
_READING = _written_once(
    select(*_COLUMNS, *_COUNTED.values())
    .join_from(deliveries, subscribers)
    .join(selections, _M.delivery_id == _D.id)
    .where(_THOSE)
)
_MARKING = _written_once(
    update(deliveries)
    .where(_THOSE)
    .values(
        state=_handed("state"),
        owner=_handed("owner"),
        next_attempt_at=_handed("next_attempt_at"),
        **_COUNTED,
    )
)


def _taken(row: Sequence[Any]) -> Taken:
    (
        number, subscriber, kind, occasion, recipient, uncertain, snapshot, key_id, code,
        enhanced, words, selection, template, template_hash, planned_at, due_at, expires_at,
        email, status, suppressed, resting_until, domain, token, attempts,
    ) = row  # fmt: skip
    delivery = Delivery(
        id=number,
        subscriber_id=subscriber,
        kind=kind,
        occasion=occasion,
        recipient=recipient,
        state=DeliveryState.SENDING,
        planned_at=read_instant(planned_at),
        due_at=read_instant(due_at),
        expires_at=read_instant(expires_at),
        attempts=attempts,
        uncertain=uncertain,
        token=token,
        code=code,
        enhanced=enhanced,
        text=words,
        snapshot=snapshot,
        selection=selection,
        template=template,
        template_hash=template_hash,
        key_id=key_id,
    )
    standing = Standing(email, _STATUSES[status], suppressed, read_instant(resting_until))
    return Taken(delivery, standing, domain)


_STATUSES = {str(status): status for status in SubscriptionStatus}
