"""Every class of the style sheet, looked at by axe-core and by the width of a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from digest.pages import environment, stylesheet

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
SITE = "http://gallery.example/"
# Of one thing that the gallery has no use for: a mail's frame, read aloud, print, honeypot.
ELSEWHERE = {"sheet", "hidden-text", "print-only", "no-print", "trap", "wide", "inline"}


def _gallery(page: Any) -> None:
    html = environment(Path(__file__).parent).get_template("gallery.html.j2").render()
    sheet = stylesheet().decode()
    page.route(
        SITE + "style.css*", lambda route: route.fulfill(body=sheet, content_type="text/css")
    )
    page.route(SITE, lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(SITE)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_every_class_is_accessible_and_fits(browser: Open, width: int, dark: bool) -> None:
    page = browser(width=width, dark=dark)
    _gallery(page)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_is_high_enough_for_a_thumb(browser: Open) -> None:
    page = browser(width=390)
    _gallery(page)
    controls = "nav a, .button, .item, .choice label, input:not([type=radio], [type=checkbox]), "
    for control in page.locator(controls + "select, textarea, .entry-actions a").all():
        assert control.bounding_box()["height"] >= 44, control.evaluate("e => e.outerHTML")


def test_what_has_the_focus_is_outlined(browser: Open) -> None:
    page = browser()
    _gallery(page)
    page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement).outlineWidth"
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate(outline) == "3px"


def test_the_gallery_shows_every_class_of_the_sheet(browser: Open) -> None:
    page = browser()
    _gallery(page)
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", stylesheet().decode(), flags=re.DOTALL)
    declared = set(re.findall(r"\.([a-z][a-z-]+)", rules)) - ELSEWHERE
    used = page.evaluate("[...document.querySelectorAll('[class]')].flatMap(e => [...e.classList])")
    assert declared <= set(used)
