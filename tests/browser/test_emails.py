"""Every template in a browser: readable by all, in both schemes, on the narrowest phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest import sample
from digest.rendering import mime
from tests import emails
from tests.emails import TEMPLATES

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]
VARIANTS = [(1280, False), (1280, True), (390, False), (320, False), (320, True)]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("emails")
    renderer = emails.make_renderer(folder)
    html = {name: mime.part(m, "html") for name, m in emails.every_message(renderer).items()}
    hidden = emails.make_renderer(folder, public_url="").render(emails.make_digest(), emails.AT)
    return html | {"without links": mime.part(hidden, "html")}


@pytest.fixture(params=VARIANTS, ids=[f"{w}-{'dark' if dark else 'light'}" for w, dark in VARIANTS])
def page(request: pytest.FixtureRequest, browser: OpenPage) -> Iterator[Any]:
    width, dark = request.param
    page = browser(width=width, dark=dark)
    requests: list[str] = []
    page.on("request", lambda sent: requests.append(sent.url))
    yield page
    assert requests == []  # nothing is fetched, whatever is looked at


@pytest.mark.parametrize("name", [*TEMPLATES, "without links"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    pages: dict[str, str], page: Any, name: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.set_content(pages[name])
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_can_be_done_with_a_paper_is_big_enough_for_a_thumb(
    pages: dict[str, str], browser: OpenPage
) -> None:
    page = browser(width=390)
    page.set_content(pages["daily"])
    boxes = page.evaluate(
        "[...document.querySelectorAll('.act a')].map(a => a.getBoundingClientRect())"
        ".map(box => [box.width, box.height])"
    )
    assert boxes
    assert all(height >= 44 for _, height in boxes)
    assert all(width >= 38 for width, _ in boxes)


def test_on_a_phone_the_actions_come_before_the_feedback(
    pages: dict[str, str], browser: OpenPage
) -> None:
    page = browser(width=390)
    page.set_content(pages["daily"])
    read, more = (
        page.locator("a", has_text=text).first.bounding_box()["y"]
        for text in ("Read", "More like this")
    )
    assert read < more


def test_a_logo_that_is_not_shown_takes_nothing_away(browser: OpenPage, tmp_path: Path) -> None:
    renderer = emails.make_renderer(tmp_path, logo="https://papers.example.org/logo.png")
    html, _, _ = renderer.parts(emails.make_digest(2), emails.AT)
    page = browser(width=390)
    page.route("**/*", lambda route: route.abort())
    page.set_content(html)
    assert page.locator("h1").inner_text() == "Friday, 21 August"
    assert page.locator("img").bounding_box()["height"] == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_lines_begin_on_the_side_of_the_language(
    browser: OpenPage, tmp_path: Path, locale: str
) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "ar.toml").write_text('name = "العربية"\n', encoding="utf-8")
    renderer = emails.make_renderer(tmp_path, templates=tmp_path)
    reader = replace(sample.subscribers()[0], locale=locale)
    html, _, _ = renderer.parts(emails.make_digest(2, subscriber=reader), emails.AT)
    page = browser(width=1280)
    page.set_content(html)
    rtl = locale == "ar"
    assert page.evaluate("document.body.dir") == ("rtl" if rtl else "ltr")
    read, more = (
        page.locator("a", has_text=text).first.bounding_box()["x"]
        for text in ("Read", "More like this")
    )
    assert (read > more) == rtl
