"""Many readers planned in blocks: some are written while the next is read and chosen for."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import Engine

from digest.database import writing
from digest.publish.crowds import Changed, Crowds, Made
from digest.publish.planned import Planned
from digest.publish.stream import blocks

#: So many blocks are written at once: SQLite has one writer; a server takes longer to write a block
#: than it takes to choose for one, and has two processes for two.
WRITERS = {"sqlite": 1, "postgresql": 2}
#: Asked between two blocks: whether to end early.
Stop = Callable[[], bool]


def plan_many(
    engine: Engine,
    numbers: Sequence[int],
    crowds: Crowds,
    planned: Planned,
    alone: Callable[[Sequence[int]], None],
    stop: Stop = lambda: False,
) -> None:
    """Plans for readers of these ids; a kill leaves each block wholly planned or wholly due.

    Args:
        engine: of the database.
        numbers: ids, ascending.
        crowds: plans for plain readers.
        planned: what it came to is added here.
        alone: plans, one by one, for readers who are not plain.
        stop: what is under way is ended, and nothing more begun.
    """
    count = WRITERS[engine.dialect.name]
    with _uncollected(), ThreadPoolExecutor(count, "planning") as writers:
        under_way: deque[tuple[Made, Future[bool]]] = deque()
        for block in blocks(engine, numbers):
            if stop():
                break
            made = crowds.make(block)
            rest = _ended(crowds, *under_way.popleft(), planned) if len(under_way) == count else ()
            under_way.append((made, writers.submit(_write, engine, crowds, made)))
            alone([*rest, *made.rest])
        for made, written in under_way:
            alone(_ended(crowds, made, written, planned))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's search for cycles, which blocks have none of: it takes a sixth of the time.

    It looks at all objects there are, again and again while a block's rows are made.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _ended(crowds: Crowds, made: Made, written: Future[bool], planned: Planned) -> Sequence[int]:
    """Counts a block that was written; else its readers are to be planned one by one."""
    if not written.result():
        return [number for numbers in made.moved.values() for number in numbers]
    crowds.count(made, planned)
    return ()


def _write(engine: Engine, crowds: Crowds, made: Made) -> bool:
    """One transaction; False where nothing was written, since somebody changed meanwhile."""
    try:
        with writing(engine).begin() as connection:
            crowds.write(connection, made)
    except Changed:
        return False
    return True
