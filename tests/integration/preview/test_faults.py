"""What goes wrong is said on the page, at its place."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.web.pages import open_page
from tests.previews import SETTINGS, Installation

DAILY = "daily/body.txt.j2"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("fine\n{{ nonsense }}\n", 2, "nonsense is not known here"),
        ("fine\nfine\n{% if %}\n", 3, "Expected an expression"),
        ("{% for entry in entries %}\n{{ entry.tilte }}{% endfor %}", 2, "entry.tilte"),
        ('\n{% include "shared/none.txt.j2" %}', 2, "shared/none.txt.j2 is in no templates folder"),
        ('{{ word("no.such.text") }}', 1, "no text is called no.such.text"),
        ("{{ title | nofilter }}", 1, "nofilter"),
        ("{{ title.__class__ }}", 1, "nothing here has a field"),
    ],
)
def test_a_broken_template_is_shown_with_file_and_line(
    installation: Installation, web: httpx.Client, text: str, line: int, reason: str
) -> None:
    file = installation.write(DAILY, text)
    page = open_page(web, "/")
    assert page.response.status_code == 200
    assert f"{file}, line {line}: " in page.text
    assert reason in page.text


def test_broken_markup_is_shown_with_file_and_line(
    installation: Installation, web: httpx.Client
) -> None:
    file = installation.write("daily/body.mjml.j2", "<mjml><mj-body><mj-text></mj-body></mjml>")
    page = open_page(web, "/")
    assert page.response.status_code == 200
    assert f"{file}, line 1: MJML" in page.text


def test_the_lines_around_the_mistake_are_shown(
    installation: Installation, web: httpx.Client
) -> None:
    installation.write(DAILY, "one\ntwo\n{{ nonsense }}\nfour\n")
    html = web.get("/").text
    assert '<ol class="excerpt" start="1">' in html
    assert '<li aria-current="true"><code>{{ nonsense }}</code></li>' in html


def test_a_repaired_template_is_used_at_once(installation: Installation, web: httpx.Client) -> None:
    installation.write("daily/subject.txt.j2", "{{ nonsense }}")
    assert "nonsense" in open_page(web, "/").text
    installation.write("daily/subject.txt.j2", "Repaired: {{ subject }}")
    assert "Repaired: 10 papers" in open_page(web, "/").text


def test_broken_settings_are_shown_and_repaired(
    installation: Installation, web: httpx.Client
) -> None:
    good = SETTINGS.format(port=1)
    open_page(web, "/")
    installation.settle(good.replace("[smtp]", 'acent = "#000000"\n[smtp]'))
    assert "acent" in open_page(web, "/").text
    installation.settle(good.replace("[smtp]", 'name = "Lab Letter"\n[smtp]'))
    assert "Lab Letter" in open_page(web, "/").text


def test_a_mistake_in_a_typed_topic_is_shown_at_its_place(web: httpx.Client) -> None:
    html = web.get("/", params={"topics": "agent AND (RL"}).text
    assert 'aria-invalid="true"' in html
    assert 'id="topics-error"' in html


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("reader=nobody@example.org", "No subscriber has the address nobody@example.org"),
        ("reader=nonsense", "nonsense"),
        ("edition=1999-01-01", "No edition of 1999-01-01"),
        ("edition=yesterday", "No edition of yesterday"),
        ("template=nothing", "nothing/subject.txt.j2"),
        ("template=../../etc", "there is no such file"),
    ],
)
def test_what_is_not_there_is_named(web: httpx.Client, query: str, said: str) -> None:
    page = open_page(web, f"/?{query}")
    assert page.response.status_code == 200
    assert said in page.text


@pytest.mark.parametrize("path", ["/?at=soon", "/?view=sideways", "/nothing", "/frame?at=x"])
def test_what_no_link_of_ours_asks_for_is_not_here(web: httpx.Client, path: str) -> None:
    page = open_page(web, path)
    assert page.response.status_code == 404
    assert "Not here" in page.text
