"""What a message is made of: written once, beside the delivery's row, and gone with it."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import Engine, text

from digest.database import _alembic, check_schema, upgrade
from digest.delivery import Outbox
from digest.delivery.tables import selections
from tests.outboxes import add_readers, plan, plans

BEFORE = "0013"
OLD = """
    INSERT INTO deliveries (subscriber_id, kind, occasion, recipient, domain, state, planned_at,
        due_at, expires_at, owner, selection, template, template_hash, key_id, enhanced, text)
    VALUES (1, 'daily', '2026-08-20', 'reader1@example.org', 'example.org', 'planned', :at, :at,
        :at, '', '{"a": "é"}', 'daily', 'abc', 1, '', '')"""


def downgrade(engine: Engine) -> None:
    config = _alembic()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE)
        connection.commit()


def test_deliveries_of_an_older_database_keep_what_they_are_made_of(engine: Engine) -> None:
    downgrade(engine)
    add_readers(engine, 1)
    with engine.begin() as connection:
        connection.execute(text(OLD), {"at": "2026-08-20 08:00:00+00"})
    upgrade(engine)
    check_schema(engine)
    (row,) = Outbox(engine).rows()
    assert (row.selection, row.template, row.template_hash) == ('{"a": "é"}', "daily", "abc")


def test_an_older_program_finds_them_where_they_were(engine: Engine) -> None:
    add_readers(engine, 1)
    Outbox(engine).enqueue([plan(selection="{}", template="daily", template_hash="abc")])
    downgrade(engine)
    with engine.connect() as connection:
        query = "SELECT selection, template, template_hash FROM deliveries"
        assert tuple(connection.execute(text(query)).one()) == ("{}", "daily", "abc")


def test_who_is_erased_takes_it_along(engine: Engine) -> None:
    add_readers(engine, 2)
    Outbox(engine).enqueue(plans(2))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM subscribers WHERE id = 1"))
        (left,) = connection.execute(selections.select()).all()
    (row,) = Outbox(engine).rows()
    assert left.delivery_id == row.id
    assert row.subscriber_id == 2


@pytest.mark.parametrize("count", [1, 3])
def test_a_plan_that_comes_again_changes_nothing(engine: Engine, count: int) -> None:
    add_readers(engine, 3)
    outbox = Outbox(engine)
    assert outbox.enqueue([plan(selection="first")]) == 1
    assert outbox.enqueue(plans(count)) == count - 1
    assert outbox.rows(subscriber_id=1)[0].selection == "first"
