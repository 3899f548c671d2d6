"""The preview's pure parts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.preview.choice import Choice
from digest.preview.scheme import forced

MAIL = """<!doctype html><head><meta name="color-scheme" content="light dark">
<style>:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme:dark) { p { color: #fff } }
@media screen and (prefers-color-scheme: light) { p { color: #000 } }</style></head>
<p>They write @media (prefers-color-scheme:dark) and color-scheme: light;</p>"""


def test_a_forced_scheme_answers_both_questions() -> None:
    dark, light = forced(MAIL, "dark"), forced(MAIL, "light")
    assert "@media (min-width:0) { p { color: #fff } }" in dark
    assert "@media screen and (max-width:0) { p { color: #000 } }" in dark
    assert "@media (max-width:0) { p { color: #fff } }" in light
    assert "@media screen and (min-width:0) { p { color: #000 } }" in light


def test_a_forced_scheme_is_declared() -> None:
    dark = forced(MAIL, "dark")
    assert '<meta name="color-scheme" content="dark">' in dark
    assert ":root { color-scheme:dark; supported-color-schemes: light dark; }" in dark


def test_a_forced_scheme_leaves_what_a_paper_says() -> None:
    said = MAIL[MAIL.index("<p>") :]
    assert forced(MAIL, "dark").endswith(said)


def test_a_choice_stands_in_the_address_without_what_is_empty() -> None:
    choice = Choice(reader="a@example.org", topics="RL\nGUI agent")
    assert choice.query(view="why") == "reader=a%40example.org&topics=RL%0AGUI+agent&view=why"
    assert Choice().query() == ""


@pytest.mark.parametrize(
    "text", ["2026-08-21T06:00:00+00:00", "2026-08-21T08:00:00+02:00", "2026-08-21T06:00:00"]
)
def test_the_planned_time_is_read_in_any_zone(text: str) -> None:
    assert Choice(at=text).planned_at == datetime(2026, 8, 21, 6, tzinfo=UTC)


def test_topics_are_typed_one_a_line() -> None:
    assert Choice(topics=" RL \n\n GUI agent\n").lines == ["RL", "GUI agent"]
