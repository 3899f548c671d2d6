"""A dry run tells what a run would send at the same moment, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from sqlalchemy import Engine, select

from digest.archive.tables import metadata as archive
from digest.rehearsal import Foreseen, foresee, rehearsing
from subscribers.tables import metadata as others
from tests.installation import Installation, instant

MONDAY, TUESDAY = date(2026, 8, 17), date(2026, 8, 18)
Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def place(place: Installation) -> Installation:
    place.add("early@example.org")
    place.add("late@example.org")
    place.lists(MONDAY, 1, 2)
    place.plan("2026-08-17 09:00")  # planned for both, and left in the outbox
    place.add("new@example.org")
    place.lists(TUESDAY, 3, 4)
    place.now = instant("2026-08-18 09:00")
    return place


def rehearsed(place: Installation) -> list[Foreseen]:
    with rehearsing(place.app) as copy:
        asyncio.run(copy.pull([TUESDAY]))
        copy.planner.everybody(place.now)
        return asyncio.run(foresee(copy, None))


def everything(engine: Engine) -> Rows:
    tables = (*others.sorted_tables, *archive.sorted_tables)
    with engine.connect() as connection:
        return {t.name: [tuple(row) for row in connection.execute(select(t))] for t in tables}


def test_it_tells_exactly_what_a_run_sends(place: Installation) -> None:
    told = [(one.delivery.recipient, one.delivery.occasion) for one in rehearsed(place)]
    place.app.planner.everybody(place.now)
    rows = {row.id: (row.recipient, row.occasion) for row in place.app.outbox.rows()}
    place.deliver()
    assert len(told) == len(place.mailer.messages) == 5  # what was left, and what is new
    assert sorted(told) == sorted(rows.values())


def test_it_stores_nothing_and_sends_nothing(place: Installation) -> None:
    before = everything(place.app.engine)
    assert rehearsed(place)
    assert everything(place.app.engine) == before
    assert place.mailer.messages == []


def test_it_names_the_papers_of_each_digest(place: Installation) -> None:
    (new,) = [one for one in rehearsed(place) if one.delivery.recipient == "new@example.org"]
    assert new.digest
    assert [e.paper.key for e in new.digest.entries] == ["arxiv:2608.00003", "arxiv:2608.00004"]
