"""Deliveries that are alike are written at once, and stand as each alone would."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from sqlalchemy import Engine

from digest.delivery import Outbox, Plan
from digest.delivery.alike import Alike, Stands, Texts, shared_of
from digest.delivery.plan import domain_of
from digest.delivery.tables import deliveries, whole
from tests.outboxes import add_readers, plan, plans

ODD = 'back\\slash\ttab\nline "quoted" \\N é 🦉'


def alike(some: Sequence[Plan]) -> Alike:
    """Plans that differ in their readers, selections and reasons alone."""
    own = [(p.subscriber_id, p.recipient, domain_of(p.recipient), p.skip) for p in some]
    octets = [p.selection.encode() for p in some]
    starts = np.cumsum([0, *map(len, octets)])
    return Alike(shared_of(some[0]), own, Texts(b"".join(octets), starts))


def stored(engine: Engine) -> list[dict[str, object]]:
    """All that stands of each delivery, but its number."""
    with engine.connect() as connection:
        rows = connection.execute(whole().order_by(deliveries.c.id)).mappings()
        return [{name: value for name, value in row.items() if name != "id"} for row in rows]


@pytest.mark.parametrize("skip", ["", ODD])
def test_they_stand_as_each_alone_would(engine: Engine, skip: str) -> None:
    add_readers(engine, 3)
    outbox = Outbox(engine)
    some = [plan(n, selection=f"{ODD}{n}", skip=skip and f"{skip}{n}") for n in range(1, 4)]
    outbox.enqueue(some)
    alone = stored(engine)
    with engine.begin() as connection:
        connection.execute(deliveries.delete())
        outbox.write_alike([alike(some)], connection)
    assert stored(engine) == alone


def test_where_one_stands_already_none_is_written(engine: Engine) -> None:
    add_readers(engine, 3)
    outbox = Outbox(engine)
    outbox.enqueue([plan(2)])
    with pytest.raises(Stands), engine.begin() as connection:
        outbox.write_alike([alike([plan(1), plan(3)]), alike([plan(2)])], connection)
    assert [row.subscriber_id for row in outbox.rows()] == [2]


def test_numbers_are_given_once_whoever_writes(engine: Engine) -> None:
    add_readers(engine, 6)
    outbox = Outbox(engine)
    with engine.begin() as connection:
        outbox.write_alike([alike([plan(1)]), alike([plan(2), plan(3)])], connection)
        outbox.enqueue([plan(4)], connection)
        outbox.write_alike([alike([plan(5), plan(6)])], connection)
    assert {row.subscriber_id: row.recipient for row in outbox.rows()} == {
        p.subscriber_id: p.recipient for p in plans(6)
    }
    assert len({row.id for row in outbox.rows()}) == 6
