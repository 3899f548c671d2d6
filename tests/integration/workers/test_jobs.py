"""Jobs: asked for with their effect, locked, retried, taken up, fenced."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from procrastinate.jobs import Job, Status

from digest.workers.asking import ask_for
from digest.workers.queue import make_queue
from digest.workers.wanted import Task, Wanted, deliver
from tests.integration.workers.conftest import Shop
from tests.outboxes import add_readers, plan

pytestmark = pytest.mark.postgres
PULL = Wanted(task=Task.PULL, arguments={"days": []})


def notice(shop: Shop, count: int = 1) -> None:
    """So many readers get a notice, planned together."""
    for number in range(count):
        reader = shop.place.add(f"reader{number}@example.org")
        shop.app.publisher.notify("confirm", reader, "once")


def test_a_delivery_and_its_job_are_committed_together(shop: Shop) -> None:
    add_readers(shop.app.engine)
    with shop.app.engine.begin() as connection:
        shop.app.outbox.enqueue([plan()], connection)
        assert shop.jobs() == []
    assert shop.jobs() == [("deliver/0", "todo")]


def test_what_is_rolled_back_leaves_neither(shop: Shop) -> None:
    add_readers(shop.app.engine)
    with shop.app.engine.connect() as connection:
        shop.app.outbox.enqueue([plan()], connection)
        connection.rollback()
    assert shop.jobs() == []
    assert shop.app.outbox.waiting() == 0


def test_a_shard_has_one_job_that_waits(shop: Shop) -> None:
    notice(shop, 3)
    assert shop.jobs() == [("deliver/0", "todo")]


def test_a_worker_sends_what_was_planned(shop: Shop) -> None:
    notice(shop, 3)
    shop.work()
    assert len(shop.place.mailer.messages) == 3
    assert shop.jobs() == [("deliver/0", "succeeded")]


def test_jobs_of_one_lock_never_run_at_once(shop: Shop) -> None:
    """The database itself refuses a second one, whoever asks."""
    shop.ask(PULL)
    shop.sql("UPDATE procrastinate_jobs SET status = 'doing'")
    shop.sql(COPY)
    fetched = "SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)"
    assert shop.sql(fetched)[0].id is None


COPY = """INSERT INTO procrastinate_jobs (queue_name, task_name, lock)
          SELECT queue_name, task_name, lock FROM procrastinate_jobs"""


def test_a_job_that_waits_cannot_begin_while_rows_are_added_to_its_shard(shop: Shop) -> None:
    shop.ask(deliver(0))
    with shop.app.engine.begin() as connection:
        assert ask_for(connection, [deliver(0)]) == 0
        assert shop.sql("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)")[0].id is None
    assert shop.sql("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)")[0].id == 1


def test_what_comes_later_does_not_hold_up_what_is_due(shop: Shop) -> None:
    later = shop.app.now() + timedelta(hours=1)
    assert shop.ask(deliver(0, at=later)) == 1
    assert shop.ask(deliver(0)) == 1
    assert shop.sql("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)")[0].id == 2


def test_a_job_that_fails_is_tried_again_after_a_while(shop: Shop) -> None:
    shop.ask(Wanted(task=Task.PULL, arguments={"days": [["nobody", "no date"]]}))
    shop.work("SELECT 1 FROM procrastinate_jobs WHERE attempts = 1 AND status = 'todo'")
    [row] = shop.sql("SELECT scheduled_at > now() AS later FROM procrastinate_jobs")
    assert row.later


def stalled(shop: Shop, attempts: int = 0) -> None:
    """Another worker had the job and has been silent for a minute."""
    shop.sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 min')")
    shop.sql(
        "UPDATE procrastinate_jobs SET status = 'doing', attempts = :attempts,"
        " worker_id = (SELECT max(id) FROM procrastinate_workers)",
        attempts=attempts,
    )


def test_the_job_of_a_silent_worker_is_taken_up(shop: Shop) -> None:
    notice(shop)
    stalled(shop)
    shop.work("SELECT 1 FROM procrastinate_jobs WHERE status = 'succeeded'")
    assert len(shop.place.mailer.messages) == 1


def test_a_job_of_which_workers_die_is_given_up(shop: Shop) -> None:
    notice(shop)
    stalled(shop, attempts=5)
    shop.work("SELECT 1 FROM procrastinate_jobs WHERE status = 'failed'")
    assert shop.jobs() == [("deliver/0", "failed")]


def test_a_worker_that_comes_back_late_ends_nothing(shop: Shop) -> None:
    shop.ask(PULL)
    stalled(shop)
    [late] = held(shop)
    stalled(shop)  # another has it by now
    end(shop, late)
    assert shop.jobs() == [("pull", "doing")]
    end(shop, *held(shop))
    assert shop.jobs() == [("pull", "succeeded")]


def held(shop: Shop) -> list[Job]:
    """The jobs that workers have, as these know them."""
    rows = shop.sql("SELECT * FROM procrastinate_jobs WHERE status = 'doing'")
    return [Job.from_row(dict(row._mapping)) for row in rows]


def end(shop: Shop, *ended: Job) -> None:
    """Their worker says that they went well."""

    async def say() -> None:
        queue = make_queue(shop.app.engine, lambda: None)
        async with queue.open_async():
            for job in ended:
                await queue.job_manager.finish_job(job, Status.SUCCEEDED, delete_job=False)

    asyncio.run(say())
