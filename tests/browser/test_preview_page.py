"""The preview in a real browser: readable, current by itself, and without scripts too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from digest import sample
from digest.preview import View
from tests.previews import Installation

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
READER = sample.subscribers()[0].email
LOOKS = [(390, False), (390, True), (1280, False), (1280, True)]
VIEWS = [f"?view={view}" for view in View]
OTHERS = [
    "?topics=xylophone",
    "?topics=agent+AND+(RL",
    "?template=confirm",
    "?template=nothing",
    "nothing",
]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("preview"))
    made.set_up()
    broken = '<mjml><mj-body><mj-image src="http://a.example/x.png" /></mj-body></mjml>'
    made.write("faulty/body.mjml.j2", broken)
    made.write("faulty/body.txt.j2", "{{ nonsense }}")
    made.write("faulty/subject.txt.j2", "{{ subject }}")
    return made


@pytest.fixture(scope="module")
def address(installation: Installation) -> Iterator[str]:
    with installation.previewed() as address:
        yield f"{address}/"


@pytest.mark.parametrize("path", [*VIEWS, *OTHERS, "?template=faulty"])
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_page_is_accessible_and_fits(
    address: str, browser: Open, path: str, width: int, dark: bool
) -> None:
    page = browser(width=width, dark=dark)
    page.goto(address + path)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("view", "ground"), [("desktop", "244, 241, 234"), ("dark", "21, 23, 26")])
@pytest.mark.parametrize("dark", [False, True])
def test_a_scheme_is_shown_whatever_the_systems(
    address: str, browser: Open, view: str, ground: str, dark: bool
) -> None:
    page = browser(dark=dark)
    page.goto(f"{address}?view={view}", wait_until="networkidle")
    body = page.frames[1].locator("body")
    style = "node => getComputedStyle(node).backgroundColor"
    assert body.evaluate(style) == f"rgb({ground})"


def test_a_phone_is_as_wide_as_one(address: str, browser: Open) -> None:
    page = browser()
    page.goto(f"{address}?view=phone", wait_until="networkidle")
    assert 380 <= page.frames[1].evaluate("innerWidth") <= 390


def test_a_changed_template_shows_itself(
    installation: Installation, address: str, browser: Open
) -> None:
    page = browser()
    page.goto(f"{address}?reader={READER}")
    file = installation.write("daily/subject.txt.j2", "Changed: {{ subject }}")
    page.get_by_role("heading", name="Changed: 10 papers").wait_for()
    file.unlink()
    page.get_by_role("heading", name="10 papers", exact=False).wait_for()


def test_a_broken_template_shows_itself_and_its_repair(
    installation: Installation, address: str, browser: Open
) -> None:
    page = browser()
    page.goto(f"{address}?reader={READER}")
    file = installation.write("daily/subject.txt.j2", "{{ nonsense }}")
    page.get_by_role("alert").get_by_text(f"{file}, line 1").wait_for()
    file.unlink()
    page.get_by_title("The message as its reader sees it").wait_for()


def test_what_is_being_typed_is_not_lost(
    installation: Installation, address: str, browser: Open
) -> None:
    page = browser()
    page.goto(address)
    page.get_by_label("Topics to try").fill("half a thou")
    file = installation.write("daily/subject.txt.j2", "Changed: {{ subject }}")
    page.get_by_text("Something has changed on disk.").wait_for()
    assert page.get_by_label("Topics to try").input_value() == "half a thou"
    file.unlink()


def test_it_is_used_by_keyboard_without_scripts(address: str, browser: Open) -> None:
    page = browser(scripts=False)
    page.goto(address)
    page.get_by_label("Topics to try").fill("speech")
    page.get_by_role("button", name="Show").press("Enter")
    page.get_by_role("link", name="Why").press("Enter")
    page.wait_for_url("**view=why*")
    assert page.get_by_text("“speech”").first.is_visible()


def test_every_control_is_big_enough_for_a_thumb(address: str, browser: Open) -> None:
    page = browser(width=390)
    page.goto(address)
    for control in page.locator("nav a, .button, input:not([type=hidden]), select").all():
        box = control.bounding_box()
        assert box["height"] >= 44
        assert box["width"] >= 44
