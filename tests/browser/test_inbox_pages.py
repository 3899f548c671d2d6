"""The inbox in a real browser: readable, reachable by keyboard, and safe."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from digest.inbox import BackgroundInbox, inbox_in_background

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
HOSTILE = """<html lang="en"><head><title>x</title></head><body style="background:#fff">
<script>document.title = "taken over"; parent.location = "https://evil.example/"</script>
<p>Nothing to see</p><img src="https://evil.example/pixel.gif" alt="">
<a href="https://arxiv.example/abs/1">Read</a></body></html>"""
PATHS = ["", "mail/1", "mail/1/text", "mail/1/headers", "mail/1/source", "mail/2", "mail/9"]
LOOKS = [(390, False), (390, True), (1280, False), (1280, True)]


@pytest.fixture(scope="module")
def inbox() -> Iterator[BackgroundInbox]:
    """An inbox with a hostile and a broken mail."""
    mail = EmailMessage()
    mail["Subject"] = "A title without end " + "Supercalifragilistic" * 20
    mail["From"], mail["To"] = "Paper Digest <digest@example.org>", "reader@example.org"
    mail["X-Long"] = "x" * 500
    mail.set_content("https://example.org/" + "a" * 900)
    mail.add_alternative(HOSTILE, subtype="html")
    with inbox_in_background() as running:
        with smtplib.SMTP("127.0.0.1", running.smtp_port) as client:
            client.send_message(mail)
            broken = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
            client.sendmail("a@example.org", ["b@example.org"], broken)
        yield running


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_page_is_accessible_and_fits(
    inbox: BackgroundInbox, browser: Open, path: str, width: int, dark: bool
) -> None:
    page = browser(width=width, dark=dark)
    page.goto(inbox.url + path)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_empty_inbox_is_accessible(browser: Open) -> None:
    with inbox_in_background() as empty:
        page = browser(width=390)
        page.goto(empty.url)
        assert page.get_by_text("Nothing has come yet").is_visible()
        assert Axe().run(page).response["violations"] == []


def test_a_hostile_mail_runs_nothing_and_loads_nothing(
    inbox: BackgroundInbox, browser: Open
) -> None:
    page, loaded = browser(), []

    def serve(route: Any) -> None:
        loaded.append(route.request.url)
        route.fulfill(body="")

    page.context.route("https://evil.example/**", serve)
    page.goto(inbox.url + "mail/1", wait_until="networkidle")
    assert page.frame_locator("iframe").get_by_text("Nothing to see").is_visible()
    assert page.url == inbox.url + "mail/1"
    assert loaded == []


def test_a_hostile_mail_opened_alone_runs_nothing_either(
    inbox: BackgroundInbox, browser: Open
) -> None:
    page = browser()
    page.goto(inbox.url + "mail/1/frame", wait_until="networkidle")
    assert page.title() == "x"
    assert page.url == inbox.url + "mail/1/frame"


def test_a_link_in_a_mail_opens_a_new_window(inbox: BackgroundInbox, browser: Open) -> None:
    page = browser()
    page.context.route("https://arxiv.example/**", lambda route: route.fulfill(body="a paper"))
    page.goto(inbox.url + "mail/1")
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Read").click()
    opened.value.wait_for_url("https://arxiv.example/abs/1")


def test_the_inbox_is_walked_by_keyboard_without_scripts(
    inbox: BackgroundInbox, browser: Open
) -> None:
    page = browser(scripts=False)
    page.goto(inbox.url)
    for _ in range(4):  # skip link, name, look again, newest mail
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mail/2")
    page.get_by_role("link", name="Source").press("Enter")
    page.wait_for_url("**/mail/2/source")
    assert page.get_by_text("boundary=x").is_visible()


@pytest.mark.parametrize("path", ["", "mail/1"])
def test_every_control_is_big_enough_for_a_thumb(
    inbox: BackgroundInbox, browser: Open, path: str
) -> None:
    page = browser(width=390)
    page.goto(inbox.url + path)
    for link in page.locator("nav a, .button, .item").all():
        box = link.bounding_box()
        assert box["height"] >= 44
        assert box["width"] >= 44
