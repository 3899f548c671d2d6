"""The operator's pages of jobs in Chromium, where there is a job queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from digest.app import make_app
from digest.settings import Settings
from digest.signin import SignIn
from digest.web import make_site
from digest.web.server import serving
from digest.workers.asking import ask_for
from digest.workers.wanted import Task, Wanted, deliver
from tests.browser.test_operator_page import LOOKS, PASSWORD, Open

pytestmark = pytest.mark.postgres


@pytest.fixture
def address(tmp_path: Path, postgres_url: str) -> Iterator[str]:
    settings = Settings(folder=tmp_path, database=postgres_url, keys=tmp_path / "keys")
    app = make_app(settings)
    app.set_up()
    with app.engine.begin() as connection:
        ask_for(connection, [Wanted(task=Task.PLAN, shard=0), deliver(1)])
    SignIn(app.engine).set_password(PASSWORD, app.now())
    with serving(make_site(app)) as found:
        yield f"{found}/operator"
    app.close()


def signed_in(browser: Open, address: str, **look: Any) -> Any:
    page = browser(**look)
    page.goto(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Jobs").click()
    return page


def test_jobs_are_accessible_and_fit_in_every_look(browser: Open, address: str) -> None:
    for width, dark in LOOKS:
        page = signed_in(browser, address, width=width, dark=dark)
        for path in ("/jobs", "/jobs/1"):
            page.goto(address + path)
            assert Axe().run(page).response["violations"] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_job_is_cancelled_and_asked_for_again_without_scripts(
    browser: Open, address: str
) -> None:
    page = signed_in(browser, address, width=390, scripts=False)
    for button, told in (("Cancel", "is cancelled"), ("Retry now", "job 3 is in its place")):
        page.goto(f"{address}/jobs/1")
        page.get_by_role("button", name=button).click()
        page.get_by_role("link", name="Leave it").wait_for()
        page.get_by_role("button", name=button).click()
        assert told.casefold() in page.locator("main").inner_text().casefold()
    page.get_by_role("link", name="Jobs").first.click()
    assert page.get_by_role("rowheader").all_inner_texts() == ["3", "2"]
