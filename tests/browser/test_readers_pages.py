"""Every path of the readers' pages in a real browser, from the front page to unsubscribed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digest import sample
from digest.app import App, make_app
from digest.inbox.background import BackgroundInbox, inbox_in_background
from digest.likes.store import LikeStore
from digest.links import Links
from digest.loop import listen
from digest.model import DayState, SourceDay
from digest.settings import Sender, Settings, Smtp
from digest.web import make_site
from digest.web.server import address_of, serving_on
from subscribers.model import Consent, Subscriber, Topic
from subscribers.requests import Kind, Requests
from subscribers.tokens import Purpose, issue

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Open = Callable[..., Any]
NOW = datetime(2026, 8, 22, 8, tzinfo=UTC)
EMAIL = "reader@example.org"


@dataclass(frozen=True)
class World:
    """A served installation that sends over real SMTP into an inbox."""

    app: App
    address: str
    inbox: BackgroundInbox

    def mail(self) -> list[str]:
        """Delivers, and gives the links of the latest mail."""
        before = len(self.inbox.messages)
        with ThreadPoolExecutor(1) as pool:  # Playwright has a loop of its own in this thread
            pool.submit(asyncio.run, self.app.deliver()).result()
        latest = self.inbox.wait_for(before + 1)[-1]
        return re.findall(r'href="([^"]+)"', latest.mail.html or "")

    def state(self) -> list[Any]:
        """All that a reader could change."""
        tables = ("subscribers", "subscriber_topics", "consents", "requests", "likes", "departures")
        with self.app.engine.connect() as connection:
            read = connection.exec_driver_sql
            return [read(f"SELECT * FROM {name}").all() for name in tables]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    listening = listen("127.0.0.1", 0)
    with inbox_in_background() as inbox:
        settings = Settings(
            database=f"sqlite:///{tmp_path / 'digest.sqlite3'}",
            keys=tmp_path / "keys",
            cache=tmp_path / "cache",
            sender=Sender(address="digest@example.org", public_url=address_of(listening)),
            smtp=Smtp(host="127.0.0.1", port=inbox.smtp_port, tls="none"),
        )
        app = make_app(settings, clock=lambda: NOW)
        app.set_up()
        edition = sample.edition()
        app.archive.store(
            [
                SourceDay(
                    source=edition.source,
                    date=edition.date,
                    papers=edition.papers,
                    state=DayState.CLOSED,
                    fetched_at=NOW,
                )
            ]
        )
        with serving_on(listening, make_site(app)) as address:
            yield World(app, address, inbox)
        app.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_from_the_front_page_through_the_mail_to_unsubscribed(
    world: World, browser: Open, scripts: bool
) -> None:
    page = browser(width=390, scripts=scripts)
    subscribe(page, world, scripts=scripts)
    page.goto(next(link for link in world.mail() if "/c/" in link))
    press(page, "Yes, send me the digest", "Welcome")
    assert world.app.subscribers.get(EMAIL).schedule.cadence == "weekly"
    like_and_pause(page, links := world.mail())
    page.goto(next(link for link in links if "/w/" in link))
    page.get_by_text("as they were sent").wait_for()
    way_out = next(link for link in links if "/u/" in link)
    page.goto(way_out)
    press(page, "Unsubscribe", "You are unsubscribed")
    press(page, "Undo", "All as it was")
    assert world.app.subscribers.get(EMAIL).status == "confirmed"
    page.goto(way_out)
    press(page, "Unsubscribe", "You are unsubscribed")
    assert world.app.subscribers.get(EMAIL).status == "unsubscribed"


def press(page: Any, button: str, heading: str) -> None:
    """Presses a button, and waits for the page to which it leads."""
    page.get_by_role("button", name=button).click()
    page.get_by_role("heading", name=heading).wait_for()


def subscribe(page: Any, world: World, *, scripts: bool) -> None:
    """Fills in the front page, looks at what it would have sent, and asks for it."""
    page.goto(world.address)
    page.get_by_label("Your topics").fill("agent harness")
    if scripts:
        page.get_by_text("of the last 1 edition").wait_for()
    else:
        page.get_by_role("button", name="What would I have got?").click()
    assert page.get_by_text("“agent harness” in the title").count() > 0
    page.get_by_label("Once a week").check()
    page.get_by_label("Your email address").fill(EMAIL)
    press(page, "Subscribe", "Look into your inbox")


def like_and_pause(page: Any, links: list[str]) -> None:
    """Likes the first paper of a mail, and pauses its topic in the preferences."""
    page.goto(next(link for link in links if "/f/" in link))
    press(page, "like this", "Noted")
    page.get_by_role("link", name="All you have liked").click()
    page.get_by_role("button", name="Pause the topic agent harness").click()
    assert page.get_by_role("status").inner_text() == "The topic is paused."


def test_a_scanner_that_opens_every_link_and_runs_its_scripts_changes_nothing(
    world: World, browser: Open
) -> None:
    reader = _reader(world)
    world.app.publisher.welcome(reader, "first")
    links = {link for link in world.mail() if link.startswith(world.address)}
    assert len(links) >= 5
    before = world.state()
    page = browser()
    for link in sorted(links):
        assert page.request.head(link).ok
        assert page.goto(link, wait_until="networkidle").ok
    assert world.state() == before


def _reader(world: World) -> Subscriber:
    topics = (Topic(text="agent harness"), Topic(text="RL", paused=True))
    wanted = Subscriber(email=EMAIL, topics=(*topics, Topic(text="animation", excluded=True)))
    return world.app.subscribers.add(wanted, Consent(action="add", at=NOW, source="operator"))


def _pages(world: World) -> dict[str, str]:
    """Every page there is, by what it is called."""
    reader, app = _reader(world), world.app
    links = Links("", app.ring)
    app.publisher.welcome(reader, "first")
    given = replace(links, base=world.address)
    paper = sample.edition().papers[0].key
    pages = {
        "front": "/",
        "archive": "/archive",
        "edition": "/archive/2026-08-21",
        "week": "/archive/2026-W34",
        "search": "/search?q=agent",
        "wrong search": "/search?q=(RL",
        "missing": "/nowhere",
        "preferences": given.preferences(reader.id),
        "unsubscribe": given.unsubscribe(reader.id),
        "feedback": given.feedback(reader.id, paper) + "/more",
        "copy": given.web_copy(reader.id, "welcome", "first"),
        "why": given.web_copy(reader.id, "welcome", "first") + "/why",
    }
    kinds = {
        "a": (Kind.CHANGE_ADDRESS, Purpose.CHANGE_ADDRESS),
        "n": (Kind.NEW_ADDRESS, Purpose.CHANGE_ADDRESS),
        "x": (Kind.EXPORT, Purpose.EXPORT),
        "e": (Kind.ERASE, Purpose.ERASE),
    }
    for page, (kind, purpose) in kinds.items():
        request = Requests(app.engine).ask(kind, reader.id, NOW, "new@example.org")
        pages[kind] = given.asked(page, purpose, reader.id, request.expires_at, request.id)
    assert issue(app.ring, Purpose.FEED, reader.id)
    return {name: link.removeprefix(world.address) for name, link in pages.items()}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_is_accessible_fits_and_loads_nothing_from_elsewhere(
    world: World, browser: Open, width: int, dark: bool
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser(width=width, dark=dark)
    elsewhere: list[str] = []
    page.on("request", lambda sent: elsewhere.append(sent.url))
    for name, path in _pages(world).items():
        page.goto(world.address + path)
        found = Axe().run(page).response["violations"]
        assert found == [], f"{name}: {[one['id'] for one in found]}"
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(wide), name
    assert {url for url in elsewhere if not url.startswith(world.address)} == set()


def test_what_comes_after_a_button_is_accessible_too(world: World, browser: Open) -> None:
    from axe_playwright_python.sync_playwright import Axe

    pages, page = _pages(world), browser(width=390)
    order = ["feedback", "preferences", Kind.CHANGE_ADDRESS, Kind.NEW_ADDRESS, "unsubscribe"]
    for name in order:
        page.goto(world.address + pages[name])
        if name == Kind.CHANGE_ADDRESS:
            page.get_by_label("New address").fill("other@example.org")
        page.locator("main button").first.click()
        assert Axe().run(page).response["violations"] == [], name


def test_a_page_that_refuses_is_accessible_and_leads_back(world: World, browser: Open) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, link = browser(width=390), _pages(world)["unsubscribe"]
    page.goto(world.address + link)
    page.locator("input[name=form]").first.evaluate("it => { it.value = 'stale' }")
    page.locator("main button").first.click()
    page.get_by_role("heading", name="Please try again").wait_for()
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("link", name="Back to the page").click()
    page.get_by_role("heading", name="Stop the digest?").wait_for()


def test_topics_rewritten_and_words_learnt_are_accessible_too(world: World, browser: Open) -> None:
    from axe_playwright_python.sync_playwright import Axe

    pages, page = _pages(world), browser(width=390)
    for paper in sample.edition().papers[:4]:
        LikeStore(world.app.engine).give(1, paper.key, liked=True, at=NOW)
    page.goto(world.address + pages["preferences"])
    page.locator("summary").first.click()
    page.get_by_label("The topic; lines are alternatives").first.fill("TTS\n(agent")
    page.get_by_text("which do you mean?").or_(page.get_by_text("line 2")).first.wait_for()
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="Save the topic").first.click()
    page.get_by_text("Nothing was changed").wait_for()
    assert Axe().run(page).response["violations"] == []
    page.locator(".weight").first.click()
    page.get_by_text("” counts no more.").wait_for()
    assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("button", ["pause", "save", "halt", "link-export"])
def test_what_became_of_a_button_is_where_the_reader_looks(
    world: World, browser: Open, button: str
) -> None:
    page = browser(width=390, scripts=False)
    page.goto(world.address + _pages(world)["preferences"])
    page.locator(f"button[value={button}]").first.click()
    told = page.get_by_role("status")
    top = told.bounding_box()["y"]
    assert 0 <= top < 800
    assert told.evaluate("it => it === document.activeElement")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_an_acronym_is_made_exact_with_and_without_scripts(
    world: World, browser: Open, scripts: bool
) -> None:
    page = browser(scripts=scripts)
    page.goto(world.address)
    page.get_by_label("Your topics").fill("agent harness\nTTS")
    if not scripts:
        page.get_by_role("button", name="What would I have got?").click()
    page.get_by_role("button", name="text to speech").click()
    page.get_by_role("group", name="TTS").wait_for(state="detached")
    assert "test-time scaling" in page.get_by_label("Your topics").input_value()


def test_a_suggestion_that_is_pressed_twice_stands_there_once(world: World, browser: Open) -> None:
    page = browser()
    page.goto(world.address)
    chip = page.locator("button[name=add]").first
    chip.click()
    chip.click()
    assert page.get_by_label("Your topics").input_value() == chip.get_attribute("value")


def test_the_form_is_filled_in_by_keyboard(world: World, browser: Open) -> None:
    page = browser(scripts=False)
    page.goto(world.address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_label("Your topics").focus()
    page.keyboard.type("RL")
    page.get_by_label("Your email address").focus()
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Subscribe"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Look into your inbox").wait_for()
