"""Contrast and size are judged by the cascade, whatever the selectors."""

from __future__ import annotations

import pytest

from digest.rendering.lint.contrast import check_contrast
from digest.rendering.lint.page import parse

DARK = "@media (prefers-color-scheme:dark)"


def found(css: str, body: str) -> list[str]:
    """The problems of a page with a style in its head."""
    head = f"<head><style>{css} {DARK}{{.unused{{color:#fff}}}}</style></head>"
    return [finding.problem for finding in check_contrast(parse(f"<html>{head}{body}</html>"))]


@pytest.mark.parametrize(
    "selector",
    [
        "#a",
        "p#a.b",
        "[data-x]",
        "[data-x=y] ",
        "div > p",
        "i + p",
        "i ~ p",
        "p:not(.c)",
        "p:nth-child(2)",
        ":last-child",
        "h1, p",
        "body *",
    ],
)
def test_every_selector_is_resolved(selector: str) -> None:
    body = '<body><div><i></i><p id="a" class="b" data-x="y">faint</p></div></body>'
    assert found(f"{selector}{{color:#ccc}}", body) == [
        "#cccccc on #ffffff in the light scheme has a contrast of 1.6",
        "#cccccc on #ffffff in the dark scheme has a contrast of 1.6",
    ]


@pytest.mark.parametrize("selector", ["#b", "p:hover", "p::before", "div + p", "p:made-up", "p.c"])
def test_what_does_not_fit_changes_nothing(selector: str) -> None:
    assert found(f"{selector}{{color:#ccc}}", '<body><div><p id="a">ink</p></div></body>') == []


@pytest.mark.parametrize(
    ("css", "style", "count"),
    [
        ("p{color:#ccc}", "color:#000", 0),  # a style attribute wins over a rule
        ("p{color:#ccc!important}", "color:#000", 2),
        ("p{color:#ccc!important}", "color:#000!important", 0),
        ("#a{color:#000} p{color:#ccc}", "", 0),  # an id wins over a later tag
        ("p{color:#ccc} p{color:#000}", "", 0),
        ("p{color:#000!important} p#a{color:#ccc}", "", 0),
        ("p{color:rgb(200,200,200)}", "", 2),
        ("p{color:silver}", "", 2),
        ("p{color:rgba(0,0,0,.1)}", "", 2),
        ("p{background:#333 url(x.png)}", "", 2),
        ("p{background:hsl(0,0%,99%)}", "", 0),
    ],
)
def test_the_cascade_decides(css: str, style: str, count: int) -> None:
    assert len(found(css, f'<body><p id="a" style="{style}">text</p></body>')) == count


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("@media (prefers-color-scheme:dark)", 1),
        ("@media (prefers-color-scheme: light)", 1),
        ("@media screen and (max-width:500px)", 2),
        ("@media (min-width:500px) and (prefers-color-scheme:dark)", 1),
        ("@media print", 0),
        ("@media (orientation:portrait)", 0),
    ],
)
def test_a_condition_counts_where_it_holds(condition: str, count: int) -> None:
    css = f"{condition}{{p{{color:#ccc}}}}"
    assert len(found(css, "<body><p>text</p></body>")) == count


def test_a_ground_by_attribute_counts() -> None:
    body = '<body><table bgcolor="#222222"><tr><td>dark on dark</td></tr></table></body>'
    assert len(found("", body)) == 2


def test_small_letters_by_a_rule_are_found_once() -> None:
    assert found("p{font:12px/20px serif}", "<body><p>text</p></body>") == ["text of 12 pixels"]
