"""The operator's pages of weeks: deliveries, topics, sources."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from argon2 import PasswordHasher

from digest.figures import Figures
from digest.signin import SignIn
from tests import crowd
from tests.integration.web.conftest import Installation
from tests.integration.web.test_operator_pages import PASSWORD, Page

PATHS = ["/deliveries", "/topics", "/sources"]


@pytest.fixture
def page(installation: Installation, web: httpx.Client) -> Page:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    SignIn(installation.engine, quick).set_password(PASSWORD, installation.at)
    return Page(web)


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_installation_has_the_page(page: Page, path: str) -> None:
    answer = page.get(path)
    assert answer.status_code == 200
    assert "style=" not in answer.text


def test_figures_are_shown_once_they_are_counted(page: Page, installation: Installation) -> None:
    assert "Nothing has been counted yet" in page.get("/deliveries").text
    crowd.fill(installation.engine, installation.at.date(), readers=100, days=10)
    installation.app.count_figures()
    shown = page.get("/deliveries").text
    assert "Nothing has been counted yet" not in shown
    assert all(domain in shown for domain in crowd.DOMAINS)
    assert "nothing matched" in shown
    assert all(topic in page.get("/topics").text for topic in crowd.TOPICS)
    assert "huggingface" in page.get("/sources").text
    assert "Subscribers by day" in page.get("/subscribers").text
    assert "Subscribers by day" not in page.get("/subscribers", q="reader1").text


def test_the_run_that_serves_the_page_runs(page: Page, installation: Installation) -> None:
    outcomes = installation.app.outcomes
    outcomes.begin("run", installation.at - timedelta(hours=1))
    assert ">was killed, last seen" in page.get().text
    outcomes.lives(1, installation.at)
    assert ">runs</td>" in page.get().text


def test_a_problem_is_a_sentence(page: Page, installation: Installation) -> None:
    crowd.fill(installation.engine, installation.at.date(), readers=100, days=3)
    installation.app.outcomes.begin("send", installation.at)
    told = re.findall(r'role="alert">([^<]+)</p>', page.get().text)
    assert told
    assert all(re.match(r"[A-Z]", line) and "utc" not in line for line in told), told
    assert any(" UTC." in line for line in told), told


def test_what_waits_is_told_by_the_tallies_where_it_is_too_much(
    page: Page, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = installation.at.date() - timedelta(days=1)  # a Friday
    crowd.fill(installation.engine, yesterday, readers=200, days=3)
    app = installation.app
    app.count_figures()
    before = Counter({(h.domain, h.state): h.count for h in app.desk.heaps()})
    assert "More waits than a page can read" not in page.get("/outbox").text
    monkeypatch.setattr("digest.web.operator.outbox.FEW", 1)
    assert "More waits than a page can read" in page.get("/outbox").text
    told = Figures(app.engine).heaps(installation.at.date())
    assert Counter({(h.domain, h.state): h.count for h in told}) == before


def test_jobs_have_a_page_where_the_database_has_a_queue(
    page: Page, installation: Installation
) -> None:
    has_queue = installation.engine.dialect.name == "postgresql"
    assert page.get("/jobs").status_code == (200 if has_queue else 404)
    assert ('href="/operator/jobs"' in page.get("/audit").text) is has_queue
