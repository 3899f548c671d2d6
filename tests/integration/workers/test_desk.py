"""The operator at the job queue: a job is cancelled, or asked for again in its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import UnknownJob
from digest.workers.desk import JobDesk
from digest.workers.wanted import Task, Wanted, deliver
from tests.integration.workers.conftest import Shop

pytestmark = pytest.mark.postgres


@pytest.fixture
def desk(shop: Shop) -> JobDesk:
    shop.ask(Wanted(task=Task.PLAN, shard=0))
    return JobDesk(shop.app.engine)


def end(shop: Shop, state: str) -> None:
    shop.sql(f"UPDATE procrastinate_jobs SET status = '{state}' WHERE id = 1")


@pytest.mark.parametrize("state", ["failed", "cancelled", "aborted"])
def test_a_job_that_ended_badly_is_asked_for_again(desk: JobDesk, shop: Shop, state: str) -> None:
    end(shop, state)
    assert desk.retry(1) == 2
    assert shop.jobs() == [("plan/0", state), ("plan/0", "todo")]
    assert desk.show(2)[0].arguments == desk.show(1)[0].arguments


def test_a_job_that_waits_for_its_time_goes_at_once(shop: Shop) -> None:
    shop.ask(deliver(3, at=datetime.now(UTC) + timedelta(hours=1)))
    desk = JobDesk(shop.app.engine)
    new = desk.show(desk.retry(1))[0]
    assert shop.jobs() == [("deliver/3", "cancelled"), ("deliver/3", "todo")]
    assert new.at is None


@pytest.mark.parametrize("state", ["doing", "succeeded"])
def test_a_job_that_runs_or_went_well_is_not_asked_for_again(
    desk: JobDesk, shop: Shop, state: str
) -> None:
    end(shop, state)
    with pytest.raises(UnknownJob, match=f"it is {state}"):
        desk.retry(1)
    assert shop.jobs() == [("plan/0", state)]


def test_a_job_is_cancelled_once(desk: JobDesk, shop: Shop) -> None:
    assert desk.cancel(1).state == "todo"
    assert shop.jobs() == [("plan/0", "cancelled")]
    with pytest.raises(UnknownJob, match="it is cancelled"):
        desk.cancel(1)


def test_a_job_that_nobody_knows_is_named(desk: JobDesk) -> None:
    for act in (desk.retry, desk.cancel, desk.show):
        with pytest.raises(UnknownJob, match="99"):
            act(99)


def test_a_job_asked_for_again_is_done(desk: JobDesk, shop: Shop) -> None:
    end(shop, "failed")
    desk.retry(1)
    shop.work()
    assert shop.jobs()[-1] == ("plan/0", "succeeded")
