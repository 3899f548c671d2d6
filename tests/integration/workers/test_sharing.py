"""`digest run` beside workers: one leads, it hands out, others stand by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from digest.database import open_database
from digest.errors import NoJobQueue, SchemaMismatch
from digest.workers.dispatcher import Dispatcher
from digest.workers.leader import Leader
from digest.workers.wanted import Task, Wanted, deliver
from digest.workers.worker import Worker
from tests.installation import Installation
from tests.integration.workers.conftest import Shop

pytestmark = pytest.mark.postgres


@pytest.fixture
def leaders(postgres_url: str) -> Iterator[tuple[Leader, Leader]]:
    engines = [open_database(postgres_url) for _ in range(2)]
    one, other = (Leader(engine) for engine in engines)
    yield one, other
    one.release()
    other.release()
    for engine in engines:
        engine.dispose()


def test_one_leads_and_the_other_takes_over(leaders: tuple[Leader, Leader]) -> None:
    one, other = leaders
    assert one.look()
    assert not other.look()
    one.release()
    assert takes_over(other)
    assert not one.look()


def takes_over(leader: Leader) -> bool:
    """The server ends a session a moment after its client has left."""
    until = time.monotonic() + 30
    while not leader.look() and time.monotonic() < until:
        time.sleep(0.05)
    return leader.leads


def test_who_loses_its_session_leads_no_more(leaders: tuple[Leader, Leader]) -> None:
    one, other = leaders
    one.look()
    other.look()
    # Of this database only, for locks are listed of all; and waited for, for the end comes later.
    kill = (
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks"
        " WHERE locktype = 'advisory' AND granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    assert other._session is not None
    assert other._session.execute(text(kill)).scalars().all() == [True]
    assert other.look()
    assert not one.look()


def test_the_leader_hands_out_where_there_is_a_worker(shop: Shop) -> None:
    dispatcher = Dispatcher(shop.app)
    asyncio.run(dispatcher.look())
    assert (dispatcher.leads, dispatcher.shares) == (True, False)
    shop.sql("INSERT INTO procrastinate_workers DEFAULT VALUES")
    asyncio.run(dispatcher.look())
    assert dispatcher.shares
    dispatcher._leader.release()


def test_settling_is_followed_by_plans_and_deliveries(shop: Shop) -> None:
    place = shop.place
    place.now = datetime.now(UTC)
    today = place.now.date()
    place.add("reader@example.org")
    place.add("weekly@example.org", cadence="weekly")
    place.lists(today - timedelta(days=1), 1, 2)
    shop.sql("UPDATE subscribers SET due_at = now() - interval '1 minute'")
    Dispatcher(shop.app).settle(plan=True)
    shop.work()
    assert {lock for lock, _ in shop.jobs()} == {"settle", "plan/0", "weekly/0", "deliver/0"}
    assert "reader@example.org" in [m.recipient for m in place.mailer.messages]


def test_a_shard_that_is_planned_in_blocks_is_sent_without_another_look(shop: Shop) -> None:
    """Thousands of a shard are planned together; their jobs are committed with their rows."""
    place = shop.place
    place.app.planner._many = 1
    for number in range(3):
        place.add(f"r{number}@example.org")
    place.lists(place.now.date() - timedelta(days=1), 1, 2)
    shop.sql("UPDATE subscribers SET due_at = now() - interval '1 minute'")
    shop.ask(Wanted(task=Task.PLAN, shard=0))
    shop.work()
    assert shop.jobs() == [("plan/0", "succeeded"), ("deliver/0", "succeeded")]
    assert len(place.mailer.messages) == 3


def test_rows_without_a_job_are_found(shop: Shop) -> None:
    reader = shop.place.add()
    shop.app.publisher.notify("confirm", reader, "once")
    shop.sql("DELETE FROM procrastinate_jobs")
    Dispatcher(shop.app).deliver()
    assert shop.jobs() == [("deliver/0", "todo")]


def test_what_the_operator_cancelled_is_not_asked_for_again(shop: Shop) -> None:
    reader = shop.place.add()
    shop.app.publisher.notify("confirm", reader, "once")
    shop.sql("SELECT procrastinate_cancel_job_v1(1, true, false)")
    Dispatcher(shop.app).deliver()
    assert shop.jobs() == [("deliver/0", "cancelled")]
    shop.place.now += timedelta(hours=1)
    shop.app.publisher.notify("confirm", reader, "another")
    assert shop.jobs() == [("deliver/0", "cancelled"), ("deliver/0", "todo")]


@pytest.mark.parametrize(
    ("found", "remedy"), [("0015", "run `digest"), ("later", "install a newer Paper Digest")]
)
def test_a_worker_of_another_schema_stops_while_it_works(
    shop: Shop, found: str, remedy: str
) -> None:
    async def work() -> None:
        working = asyncio.create_task(Worker(shop.app).run(asyncio.Event()))
        await asyncio.sleep(0.5)
        change = "UPDATE alembic_version SET version_num = :found"
        await asyncio.to_thread(shop.sql, change, found=found)
        await asyncio.wait_for(working, 60)

    with pytest.raises(SchemaMismatch, match=remedy):
        asyncio.run(work())


def test_no_job_begins_on_another_schema(shop: Shop) -> None:
    shop.ask(deliver(0))
    shop.sql("UPDATE alembic_version SET version_num = 'later'")
    with pytest.raises(SchemaMismatch):
        asyncio.run(Worker(shop.app).run(asyncio.Event()))
    assert shop.jobs() == [("deliver/0", "todo")]


def test_sqlite_has_no_workers(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("alone")
    place = Installation(folder, f"sqlite:///{folder}/digest.sqlite3")
    with pytest.raises(NoJobQueue, match="is not PostgreSQL"):
        asyncio.run(Worker(place.app).run(asyncio.Event()))
    place.app.close()
