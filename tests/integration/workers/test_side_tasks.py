"""A worker that loses a part of what it has of the database comes back as a new one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url, text

from digest.database import open_database
from digest.workers.worker import Worker
from tests.integration.workers.conftest import Shop

pytestmark = pytest.mark.postgres

NUMBERS = "SELECT id FROM procrastinate_workers ORDER BY id"
LISTENING = """SELECT pid FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE 'LISTEN%' ORDER BY pid"""
REFUSED = """CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'no heartbeat now'; END $$;
             CREATE TRIGGER refused BEFORE UPDATE ON procrastinate_workers
             FOR EACH ROW EXECUTE FUNCTION refused()"""


def test_a_heartbeat_that_is_not_written_makes_a_new_worker(shop: Shop) -> None:
    async def fault() -> None:
        first = await others(shop, NUMBERS, than=[])
        shop.sql(REFUSED)
        assert set(await others(shop, NUMBERS, than=first)).isdisjoint(first)
        shop.sql("DROP FUNCTION refused CASCADE")

    asyncio.run(while_working(shop, fault))


def test_who_hears_of_no_jobs_any_more_listens_again(shop: Shop) -> None:
    async def fault() -> None:
        first = await others(shop, LISTENING, than=[])
        with closed_door(shop):
            shop.sql(f"SELECT pg_terminate_backend(pid, 10000) FROM ({LISTENING}) AS they")
            await asyncio.sleep(1)
        assert set(await others(shop, LISTENING, than=first)).isdisjoint(first)

    asyncio.run(while_working(shop, fault))


def test_a_worker_begins_once_its_database_lets_it_in(shop: Shop) -> None:
    async def begin() -> None:
        with closed_door(shop):
            shop.app.engine.dispose()
            stop = asyncio.Event()
            working = asyncio.create_task(Worker(shop.app).run(stop))
            await asyncio.sleep(1)
            assert not working.done()
        await others(shop, NUMBERS, than=[])
        stop.set()
        await working

    asyncio.run(begin())


async def while_working(shop: Shop, fault: Callable[[], Awaitable[None]]) -> None:
    """Something happens while a worker works."""
    stop = asyncio.Event()
    working = asyncio.create_task(Worker(shop.app).run(stop))
    try:
        await fault()
    finally:
        stop.set()
        await working


async def others(shop: Shop, query: str, *, than: list[int]) -> list[int]:
    """The two numbers that a query finds, once they are two others."""
    async with asyncio.timeout(45):
        while True:
            found = [row[0] for row in await asyncio.to_thread(shop.sql, query)]
            if len(found) == 2 and set(found).isdisjoint(than):
                return found
            await asyncio.sleep(0.1)


@contextmanager
def closed_door(shop: Shop) -> Iterator[None]:
    """Nobody new is let in to the database, and who is in may stay."""
    url = make_url(shop.app.engine.url)
    outside = open_database(url.set(database="postgres").render_as_string(hide_password=False))
    change = f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS'

    def allow(answer: str) -> None:
        with outside.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"{change} {answer}"))

    allow("false")
    try:
        yield
    finally:
        allow("true")
        outside.dispose()
