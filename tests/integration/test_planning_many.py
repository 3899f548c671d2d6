"""Many readers planned together get, octet for octet, what each would get alone."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from sqlalchemy import Engine, select, update

from digest.database import writing
from digest.delivery.tables import deliveries, whole
from digest.likes.store import Given
from digest.publish import stream
from digest.publish.crowds import Changed, Crowds
from digest.publish.deciding import is_due
from digest.publish.part import Part
from subscribers.model import Cadence, Consent, Schedule, Subscriber, Topic, WhenNothing
from subscribers.tables import subscribers
from tests.installation import Installation, instant
from tests.outboxes import plan

MONDAY = date(2026, 8, 17)
_UNIQUE = ("subscriber_id", "kind", "occasion")
HOUR = "2026-08-17 08:00"
TEXTS = [
    "paper", "number 1", "number 2", "the number 3", "ti:number", '"number 4"', "number -paper",
    "number 5 OR number 6", "upvotes>=5", "speleology", "RL", "cave diving\nnumber 7", "abstract",
]  # fmt: skip


def many_readers(place: Installation, count: int) -> list[Subscriber]:
    """Readers of every kind, with one to ten topics; some of them are not plain."""
    random, store = Random(1), place.app.subscribers
    agreed = Consent(action="add", at=place.now, source="operator")
    return [store.add(_reader(number, random), agreed) for number in range(count)]


def _reader(number: int, random: Random) -> Subscriber:
    asked = [
        Topic(
            text=random.choice(TEXTS),
            excluded=random.random() < 0.15,
            paused=random.random() < 0.1,
            muted_until=date(2026, 8, 18) if random.random() < 0.05 else None,
        )
        for _ in range(random.randint(0, 10) if number % 9 else 1)
    ]
    return Subscriber(
        email="rö@exämple.org" if number == 3 else f"r{number}@Example.org",
        topics=tuple({topic.text: topic for topic in asked}.values()),
        schedule=Schedule(
            cadence=random.choice([*Cadence]),
            hour=random.choice([7, 8]),
            timezone=random.choice(["UTC", "Europe/Berlin"]),
            catch_up=random.random() < 0.2,
        ),
        template=random.choice(["daily", "daily", "daily", "gone"]),
        locale=random.choice(["en", "de"]),
        max_papers=random.choice([1, 3, 10]),
        near=random.random() < 0.1,
        also_trending=random.random() < 0.8,
        when_nothing=random.choice([*WhenNothing]),
    )


def ledger(engine: Engine) -> list[tuple[object, ...]]:
    """All that planning wrote: deliveries without their ids, and where readers stand."""
    c = subscribers.c
    with engine.connect() as connection:
        rows = connection.execute(whole().order_by(*deliveries.c[_UNIQUE])).mappings().all()
        moved = connection.execute(select(c.id, c.due_at, c.had_number).order_by(c.id)).all()
    written = [tuple(value for name, value in row.items() if name != "id") for row in rows]
    return [*written, *map(tuple, moved)]


def planned(place: Installation, *, many: int, everybody: bool) -> list[tuple[object, ...]]:
    """What planning writes and says, taken back afterwards."""
    place.now = instant(HOUR)
    place.restart()
    planner = place.app.planner
    planner._many = many
    with place.app.engine.connect() as connection:
        c = subscribers.c
        before = connection.execute(select(c.id, c.due_at, c.had_number)).all()
    place.app.outbox.enqueue([plan(1, occasion=str(MONDAY))])  # its block has to fall back
    told = planner.everybody(place.now) if everybody else planner.due(place.now)
    found: list[tuple[object, ...]] = [
        (str(told), frozenset(told.editions)),
        *ledger(place.app.engine),
    ]
    with place.app.engine.begin() as connection:
        connection.execute(deliveries.delete())
        for row in before:
            back = update(subscribers).where(c.id == row.id)
            connection.execute(back.values(due_at=row.due_at, had_number=row.had_number))
    return found


@pytest.mark.parametrize("everybody", [False, True], ids=["due", "everybody"])
def test_together_they_get_what_each_gets_alone(
    place: Installation, monkeypatch: pytest.MonkeyPatch, everybody: bool
) -> None:
    readers = many_readers(place, 150)
    monkeypatch.setattr(stream, "BLOCK", 40)
    place.lists(MONDAY, *range(1, 9))
    keys = [paper.key for paper in place.app.archive.papers()]
    for key in keys[:4]:
        place.app.likes.give_all(readers[11].id, [Given(key, liked=True, at=place.now)])
    alone = planned(place, many=10**9, everybody=everybody)
    together = planned(place, many=1, everybody=everybody)
    assert len(alone) > 250
    for fast, slow in zip(together, alone, strict=True):
        assert fast == slow


def crowds_of(place: Installation) -> Crowds:
    app, planner = place.app, place.app.planner
    parts = (app.engine, app.outbox, planner._gathering, planner.tick(place.now))
    return Crowds(*parts, row=planner._row_of, taken=is_due)


def test_plain_readers_are_planned_together_and_the_others_handed_back(place: Installation) -> None:
    many_readers(place, 60)
    place.lists(MONDAY, *range(1, 9))
    place.now = instant(HOUR)
    crowds = crowds_of(place)
    numbers = stream.due_numbers(place.app.engine, place.now)
    (block,) = stream.blocks(place.app.engine, numbers)
    made = crowds.make(block)
    together = sum(len(its.own) for its in made.alike)
    assert together > 10
    assert together + len(made.rest) == len(numbers)


def test_who_changed_meanwhile_is_not_moved_on(place: Installation) -> None:
    reader = place.add()
    place.lists(MONDAY, 1)
    place.now = instant(HOUR)
    crowds = crowds_of(place)
    (block,) = stream.blocks(place.app.engine, [reader.id])
    made = crowds.make(block)
    place.app.subscribers.change(
        reader.id, Consent(action="pause", at=place.now, source="operator")
    )
    with pytest.raises(Changed), writing(place.app.engine).begin() as connection:
        crowds.write(connection, made)
    assert place.rows() == []


def test_who_unsubscribes_before_they_are_looked_at_is_left_out(place: Installation) -> None:
    leaves, stays = place.add("a@example.org"), place.add("b@example.org")
    place.lists(MONDAY, 1)
    place.now = instant(HOUR)
    numbers = stream.due_numbers(place.app.engine, place.now)
    gone = Consent(action="unsubscribe", at=place.now, source="operator")
    place.app.subscribers.change(leaves.id, gone)
    (block,) = stream.blocks(place.app.engine, numbers)
    assert (numbers.tolist(), block.ids.tolist()) == ([leaves.id, stays.id], [stays.id])
    assert list(crowds_of(place).make(block).moved.values()) == [[stays.id]]


def test_who_asks_for_a_topic_that_is_newer_than_the_plan_is_planned_alone(
    place: Installation,
) -> None:
    place.add()
    place.lists(MONDAY, 1)
    before, place.now = place.now, instant(HOUR)
    crowds = crowds_of(place)
    place.now = before
    late = place.add("late@example.org", topic="never seen before")
    (block,) = stream.blocks(place.app.engine, [late.id])
    made = crowds.make(block)
    assert (made.alike, made.rest) == ([], [late.id])


def test_a_part_is_planned_together_too_and_ends_when_told(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BLOCK", 2)
    for number in range(6):
        place.add(f"r{number}@example.org", timezone="UTC")
    place.lists(MONDAY, 1)
    place.now = instant(HOUR)
    place.app.planner._many = 1
    looks = iter([False, True, True])
    part = Part(2, 6)
    assert place.app.planner.due(place.now, part, lambda: next(looks)).deliveries == 2
    assert place.app.planner.due(place.now, part).deliveries == 3
    assert place.app.planner.due(place.now).deliveries == 1


def test_who_lies_between_and_is_not_due_is_left_alone(place: Installation) -> None:
    for number in range(6):
        place.add(f"r{number}@example.org", hour=9 if number in (2, 3) else 8)
    place.lists(MONDAY, 1)
    place.app.planner._many = 1
    assert place.plan(HOUR).deliveries == 4
    assert place.plan("2026-08-17 09:00").deliveries == 2
