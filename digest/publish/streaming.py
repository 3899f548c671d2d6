"""Many readers planned in blocks: one is written while the next is read and chosen for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy import Engine

from digest.database import writing
from digest.publish.crowds import Changed, Crowds, Made
from digest.publish.planned import Planned
from digest.publish.stream import blocks


def plan_many(
    engine: Engine,
    numbers: Sequence[int],
    crowds: Crowds,
    planned: Planned,
    alone: Callable[[Sequence[int]], None],
) -> None:
    """Plans for readers of these ids; a kill leaves each block wholly planned or wholly due.

    Args:
        engine: of the database.
        numbers: ids, ascending.
        crowds: plans for plain readers.
        planned: what it came to is added here.
        alone: plans, one by one, for readers who are not plain.
    """
    with ThreadPoolExecutor(1, "planning") as writer:
        before: Future[Sequence[int]] | None = None
        for block in blocks(engine, numbers):
            made = crowds.make(block)
            rest = before.result() if before else ()
            before = writer.submit(_write, engine, crowds, made, planned)
            alone([*rest, *made.rest])
        alone(before.result() if before else ())


def _write(engine: Engine, crowds: Crowds, made: Made, planned: Planned) -> Sequence[int]:
    """One transaction; returns the readers who are to be planned one by one after all."""
    try:
        with writing(engine).begin() as connection:
            crowds.write(connection, made)
    except Changed:
        return [number for numbers in made.moved.values() for number in numbers]
    crowds.count(made, planned)
    return ()
