"""Tables of commands at any width: no word is broken, and nothing is left out."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from digest.cli.tables import as_table

ACT: dict[str, Any] = {
    "at": "2026-08-20 10:00",
    "who": "me (command line)",
    "what": "subscriber add",
    "on": "rl@example.org",
    "detail": "agents, robots, in-context learning and much more that is wrapped",
    "outcome": "done",
}


def drawn(rows: list[dict[str, Any]], width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(as_table(rows, "", width))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    return text.splitlines()


@pytest.mark.parametrize("width", range(24, 200, 7))
def test_no_word_is_broken_at_any_width(width: int) -> None:
    lines = drawn([ACT, ACT | {"on": "somebody.else@example.org"[:22]}], width)
    shown = {word for line in lines for word in line.split()}
    assert {word for value in ACT.values() for word in value.split()} <= shown
    assert all(len(line) <= width for line in lines)


def test_where_all_fits_a_row_is_a_line() -> None:
    head, row = drawn([ACT], 200)
    assert head.split() == list(ACT)
    assert row.split() == [word for value in ACT.values() for word in value.split()]


def test_short_values_stay_on_a_line_where_only_a_long_one_has_to_wrap() -> None:
    _, first, *_ = drawn([ACT], 110)
    assert "2026-08-20 10:00  me (command line)  subscriber add  rl@example.org  " in first


def test_what_is_too_wide_for_columns_is_one_value_a_line() -> None:
    path = "/var/lib/paper-digest/templates/email/lab"
    lines = drawn([ACT | {"detail": path}] * 2, 60)
    assert [line for line in lines if path in line] == [f"detail   {path}".ljust(len(lines[0]))] * 2
    assert lines.count("".ljust(len(lines[0]))) == 1


def test_numbers_stand_on_the_right() -> None:
    _, one, many = drawn([{"papers": 5, "why": "a"}, {"papers": 1000, "why": "b"}], 40)
    assert one.startswith("     5  a")
    assert many.startswith("  1000  b")
