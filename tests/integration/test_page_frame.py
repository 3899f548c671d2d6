"""The frame of every page, from the real templates."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from digest.pages import environment, style_url, stylesheet

PAGE = '{% extends "base.html.j2" %}{% block title %}A page{% endblock %}{% block content %}'
END = "{% endblock %}"


def _render(content: str, **values: object) -> str:
    return environment().from_string(PAGE + content + END).render(**values)


def test_a_page_names_its_language_its_program_and_its_style() -> None:
    html = _render("<h1>Hello</h1>")
    assert '<html lang="en" dir="ltr">' in html
    assert "<title>A page · Paper Digest</title>" in html
    assert f'href="{style_url()}"' in html


def test_what_is_filled_in_is_escaped() -> None:
    assert "&lt;script&gt;" in _render("{{ name }}", name="<script>")


def test_an_unknown_name_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError, match="reader"):
        _render("{{ reader }}")


def test_an_empty_navigation_and_colophon_leave_no_trace() -> None:
    html = _render("")
    assert "<nav" not in html
    assert "<footer" not in html


def test_an_installation_can_put_its_own_page_in_front(tmp_path: Path) -> None:
    (tmp_path / "base.html.j2").write_text("ours", encoding="utf-8")
    assert environment(tmp_path).get_template("base.html.j2").render() == "ours"


def test_the_style_fetches_nothing() -> None:
    sheet = stylesheet().decode()
    assert "url(" not in sheet
    assert "@import" not in sheet
