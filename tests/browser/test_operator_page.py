"""The operator's page in a real browser, on a crowd and weeks of deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from axe_playwright_python.sync_playwright import Axe

from digest.app import App, make_app
from digest.delivery.pauses import Pause, Pauses
from digest.settings import Sender, Settings
from digest.signin import SignIn
from digest.web import make_site
from digest.web.server import serving
from subscribers.model import SubscriptionStatus
from tests import crowd

# Filling the database takes a minute where the machine is busy.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(400), pytest.mark.xdist_group("operator")]
Open = Callable[..., Any]
NOW = datetime(2026, 8, 21, 9, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
READER = 77
PATHS = [
    "",
    "?day=2026-08-16",
    "/subscribers",
    "/subscribers?q=reader77",
    f"/subscribers/{READER}?day=2026-08-20",
    "/deliveries",
    "/topics",
    "/sources",
    "/outbox",
    "/outbox/deliveries?domain=gmail.example&state=deferred",
    "/audit",
]
LOOKS = [(390, False), (390, True), (1280, False), (1280, True)]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """2,000 readers and 60 days of their deliveries."""
    folder: Path = tmp_path_factory.mktemp("operator")
    settings = Settings(
        database=f"sqlite:///{folder / 'digest.sqlite3'}",
        keys=folder / "keys",
        cache=folder / "cache",
        sender=Sender(address="digest@example.org", public_url="http://127.0.0.1:8750"),
    )
    made = make_app(settings, clock=lambda: NOW)
    made.set_up()
    crowd.fill(made.engine, date(2026, 8, 21), readers=2_000)
    made.count_figures()
    until, why = NOW + timedelta(hours=1), "550 5.7.26 This mail is not authenticated."
    Pauses(made.engine).write("a sender", [Pause("outlook.example", NOW, until, why)], NOW)
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    SignIn(made.engine, quick).set_password(PASSWORD, NOW)
    yield made
    made.close()


@pytest.fixture(scope="module")
def address(app: App) -> Iterator[str]:
    with serving(make_site(app)) as found:
        yield f"{found}/operator"


@pytest.fixture(scope="module")
def cookies(address: str, chromium: Any) -> Any:
    """Of one session: signing in is limited."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Today").wait_for()
    found = context.cookies()
    context.close()
    return found


@pytest.fixture
def desk(browser: Open, cookies: Any) -> Open:
    """Opens a page of somebody who is signed in."""

    def opened(**look: Any) -> Any:
        page = browser(**look)
        page.context.add_cookies(cookies)
        return page

    return opened


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_and_fits_in_every_look(desk: Open, address: str, path: str) -> None:
    for width, dark in LOOKS:
        page = desk(width=width, dark=dark)
        assert page.goto(address + path).status == 200
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["/sources", f"/subscribers/{READER}"])
def test_on_a_phone_a_table_shows_that_it_scrolls_and_a_reason_keeps_its_row_low(
    desk: Open, address: str, path: str
) -> None:
    page = desk(width=390)
    page.goto(address + path)
    table = page.locator("main .scroller").first
    assert "gradient" in table.evaluate("it => getComputedStyle(it).backgroundImage")
    reason = table.locator("tbody td:last-child").first
    reason.evaluate("it => { it.textContent = 'the source repeats an earlier day, word by word' }")
    assert reason.bounding_box()["height"] <= 100


@pytest.mark.parametrize("path", [path for path in PATHS if "?day=2026-08-16" not in path])
def test_every_control_is_big_enough_for_a_thumb(desk: Open, address: str, path: str) -> None:
    page = desk(width=390)
    page.goto(address + path)
    controls = "nav a, .button, select, input:not([type=hidden], [type=checkbox])"
    for control in page.locator(controls).all()[:40]:
        assert control.bounding_box()["height"] >= 44


def test_the_sign_in_is_accessible_and_tells_of_a_wrong_password(
    browser: Open, address: str
) -> None:
    page = browser(width=390, scripts=True)
    page.goto(address)
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text() == "That is not the password."
    assert Axe().run(page).response["violations"] == []


def act(page: Any, button: str, *, sure: str = "") -> str:
    """Presses a button, checks the question's page, answers it; what became of it."""
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("link", name="Leave it").wait_for()
    page.get_by_role("button", name=sure or button, exact=True).click()
    page.wait_for_load_state()
    return str(page.locator("main").inner_text())


def test_a_reader_is_found_and_steered_without_scripts(desk: Open, address: str, app: App) -> None:
    page = desk(width=390, scripts=False)
    wanted = next(
        person for person in app.subscribers.block(limit=200)
        if person.status is SubscriptionStatus.CONFIRMED
    )  # fmt: skip
    steps = [
        ("Pause", "Paused."),
        ("Resume", "Gets digests again."),
        ("Send a fresh confirmation", "Has confirmed already"),
        ("Suppress", "Nothing is sent to this address"),
        ("Unsuppress", "Mail may go to this address again."),
        ("Unsubscribe", "Unsubscribed."),
        ("Erase", "Erased;"),
    ]
    for button, told in steps:
        page.goto(f"{address}/subscribers")
        page.get_by_label("Address begins with").fill(wanted.email)
        page.get_by_role("button", name="Find").click()
        page.get_by_role("link", name=wanted.email).click()
        assert told in act(page, button)
    page.goto(f"{address}/subscribers?q={wanted.email}")
    assert page.get_by_text("No such subscriber.").is_visible()
    page.goto(f"{address}/audit")
    for action in ("pause", "resume", "ask", "suppress", "unsuppress", "remove", "erase"):
        assert page.get_by_role("rowheader", name=f"subscriber {action}", exact=True).count() == 1


def test_many_are_chosen_page_by_page_and_acted_on(desk: Open, address: str) -> None:
    page = desk(scripts=False)
    page.goto(f"{address}/subscribers?status=paused")
    page.get_by_role("link", name="More").click()
    boxes = page.get_by_role("checkbox", name="Choose reader")
    for box in boxes.all()[:3]:
        box.check()
    assert act(page, "Resume").count("Gets digests again.") == 3


def test_somebody_is_added(desk: Open, address: str, app: App) -> None:
    page = desk(scripts=False)
    page.goto(f"{address}/subscribers")
    page.locator("#email").fill("new@example.org")
    page.locator("#topics").fill("agent harness\nRL")
    page.get_by_role("button", name="Add").click()
    assert page.get_by_text("Is asked to confirm by a mail.").is_visible()
    assert len(app.subscribers.get("new@example.org").topics) == 2


def test_the_outbox_is_worked_on(desk: Open, address: str, app: App) -> None:
    page = desk(scripts=False)
    steps = [
        ("lab.example", "Retry now", "due now"),
        ("lab.example", "Hold", "held"),
        ("lab.example", "Release", "released"),
        ("uni.example", "Cancel", "cancelled"),
    ]
    for domain, button, told in steps:
        page.goto(f"{address}/outbox")
        row = page.get_by_role("row").filter(has_text=domain)
        row.get_by_role("button", name=button).first.click()
        page.get_by_role("button", name=button).click()
        assert told in page.get_by_role("heading", level=1).inner_text()
    assert [heap for heap in app.desk.heaps() if heap.domain == "uni.example"] == []
    assert app.desk.holds() == []


def test_signing_out_leads_back_to_the_password(browser: Open, address: str) -> None:
    page = browser(scripts=False)
    page.goto(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{address}/subscribers")
    assert page.get_by_label("Password").is_visible()
