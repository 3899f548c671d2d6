"""The operator's page of jobs, where the database has a queue of them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from digest.database import open_database, upgrade
from digest.signin import SignIn
from digest.workers.asking import ask_for
from digest.workers.desk import JobDesk
from digest.workers.wanted import Task, Wanted
from tests.integration.web.conftest import Installation
from tests.integration.web.test_operator_pages import PASSWORD, Page

pytestmark = pytest.mark.postgres


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_database(postgres_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def page(installation: Installation, web: httpx.Client) -> Page:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    SignIn(installation.engine, quick).set_password(PASSWORD, installation.at)
    with installation.engine.begin() as connection:
        ask_for(connection, [Wanted(task=Task.PLAN, shard=0)])
    return Page(web)


def test_jobs_are_listed_and_told_one_by_one(page: Page, engine: Engine) -> None:
    assert '<a href="/operator/jobs/1">1</a>' in page.get("/jobs").text
    assert "plan/0" in page.get("/jobs").text
    told = page.get("/jobs/1").text
    assert "deferred" in told
    assert "Cancel" in told
    JobDesk(engine).cancel(1)
    assert "Cancel" not in page.get("/jobs/1").text


def test_a_job_is_cancelled_and_asked_for_again_after_a_question(
    page: Page, installation: Installation
) -> None:
    desk = JobDesk(installation.app.engine)
    assert "Cancel?" in page.post("/jobs/act", do="cancel", id=1).text
    assert desk.show(1)[0].state == "todo"
    page.post("/jobs/act", do="cancel", id=1, sure="yes")
    assert desk.show(1)[0].state == "cancelled"
    assert "Job 2 is in its place" in page.post("/jobs/act", do="retry", id=1, sure="yes").text
    acts = installation.app.audit.list()[:2]
    assert [(act.action, act.subject) for act in acts] == [
        ("jobs retry", "job 1"),
        ("jobs cancel", "job 1"),
    ]


def test_what_cannot_be_done_is_said_and_noted(page: Page, installation: Installation) -> None:
    answer = page.post("/jobs/act", do="cancel", id=99, sure="yes")
    assert (answer.status_code, "99" in answer.text) == (409, True)
    assert installation.app.audit.list()[0].outcome.startswith("failed: ")


@pytest.mark.parametrize(
    "fields", [{"do": "cancel"}, {"do": "drop", "id": "1"}, {"do": "retry", "id": "1; --"}]
)
def test_a_form_that_names_no_job_is_refused(page: Page, fields: dict[str, str]) -> None:
    assert page.post("/jobs/act", sure="yes", **fields).status_code == 400


def test_a_job_that_is_not_there_has_no_page(page: Page) -> None:
    for number in ("99", "0", "9" * 30):
        assert page.get(f"/jobs/{number}").status_code == 404
