"""Many deliveries are written at once, with the words and instants that one alone would have."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from digest.database import open_database, upgrade
from digest.delivery import Outbox, Plan
from digest.delivery.bulk import WORTH_A_COPY
from tests.outboxes import NOW, add_readers, plan, plans

MANY = WORTH_A_COPY + 10
ODD = 'back\\slash\ttab\nline "quoted" \\N é 🦉'


def test_many_at_once_stand_as_one_alone_would(engine: Engine) -> None:
    add_readers(engine, MANY + 1)
    outbox = Outbox(engine)
    odd = plan(MANY + 1, selection=ODD, skip="nothing matched")
    assert outbox.enqueue([odd]) == 1
    assert outbox.enqueue(replace(odd, subscriber_id=p.subscriber_id) for p in plans(MANY)) == MANY
    alone, *others = outbox.rows(limit=MANY + 1)
    assert alone.selection == ODD
    expected = {row._replace(id=0, subscriber_id=0) for row in others}
    assert expected == {alone._replace(id=0, subscriber_id=0)}


def test_what_stands_there_already_is_left_alone(engine: Engine) -> None:
    add_readers(engine, MANY)
    outbox = Outbox(engine)
    assert outbox.enqueue([plan(5, selection="first")]) == 1
    assert outbox.enqueue(plans(MANY)) == MANY - 1
    assert outbox.rows(subscriber_id=5)[0].selection == "first"


@pytest.mark.parametrize("before", [[], [plan(7, selection="of 7")]])
def test_each_delivery_has_the_selection_of_its_own_plan(
    engine: Engine, before: list[Plan]
) -> None:
    add_readers(engine, MANY)
    outbox = Outbox(engine)
    outbox.enqueue(before)
    outbox.enqueue(replace(p, selection=f"of {p.subscriber_id}") for p in plans(MANY))
    rows = outbox.rows(limit=MANY + 1)
    assert [row.selection for row in rows] == [f"of {row.subscriber_id}" for row in rows]
    assert len(rows) == MANY


def test_many_at_once_share_the_callers_transaction(engine: Engine) -> None:
    add_readers(engine, MANY)
    outbox = Outbox(engine)
    with engine.connect() as connection:
        assert outbox.enqueue(plans(MANY), connection) == MANY
        connection.rollback()
    assert outbox.rows() == []


def test_several_batches_of_one_transaction_are_written_once_each(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.outbox.BLOCK", WORTH_A_COPY)
    add_readers(engine, 2 * WORTH_A_COPY)
    assert Outbox(engine).enqueue(plans(2 * WORTH_A_COPY)) == 2 * WORTH_A_COPY


@pytest.mark.postgres
@pytest.mark.parametrize("count", [1, MANY])
def test_a_server_in_another_time_zone_keeps_the_instants(postgres_url: str, count: int) -> None:
    engine = open_database(postgres_url)
    with engine.begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.exec_driver_sql(f"ALTER DATABASE \"{name}\" SET timezone = 'Asia/Kolkata'")
    engine.dispose()
    upgrade(engine)
    add_readers(engine, count)
    outbox = Outbox(engine)
    outbox.enqueue(plans(count))
    assert {row.due_at for row in outbox.rows(limit=count)} == {NOW}
    engine.dispose()
