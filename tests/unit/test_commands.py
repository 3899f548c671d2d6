"""Every command: it says what it does, shows how, and speaks JSON to scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, get_type_hints

import pytest
import typer
from rich.text import Text
from typer.testing import CliRunner

from digest.cli import app
from digest.cli.context import parse_day
from digest.cli.sending import parse_wait

#: What never ends by itself.
WITHOUT_A_RESULT = {"run", "web", "worker"}


def _commands(found: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    children = getattr(found, "commands", {})
    for name, child in children.items():
        yield from _commands(child, f"{path} {name}".strip())
    if not children or getattr(found, "invoke_without_command", False):
        yield path, found


COMMANDS = dict(_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_with_a_result_prints_it_as_json_too(name: str) -> None:
    defaults = [option.default for option in COMMANDS[name].params if "--format" in option.opts]
    spoken = [[str(choice) for choice in type(default)] for default in defaults]
    if name in WITHOUT_A_RESULT:
        assert spoken == []
    else:
        assert [("json" in choices) for choices in spoken] == [True], name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str) -> None:
    told = COMMANDS[name].help or ""
    assert told.split("\n")[0].endswith((".", ":")), name


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_is_of_the_command_itself(name: str) -> None:
    for line in (COMMANDS[name].help or "").splitlines():
        if line.startswith("Example:"):
            assert line.startswith(f"Example: digest {name}"), line


def shown(name: str, columns: int) -> str:
    """The help of a command as a terminal of that width shows it."""
    ran = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": str(columns)})
    assert ran.exit_code == 0, ran.output
    return ran.output


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_holds_every_word_of_it(name: str) -> None:
    told = " ".join(shown(name, 300).split())
    command = COMMANDS[name]
    for text in filter(None, [command.help, *(option.help for option in command.params)]):
        for part in Text.from_markup(text).plain.split("\n\n"):
            assert part in told
    assert "<bool>" not in told


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_is_as_wide_as_the_terminal(name: str) -> None:
    head, _, _ = shown(name, 80).partition("╭")
    lines = [line.strip() for line in head.splitlines()]
    for line, following in pairwise(lines):
        first = following.partition(" ")[0]
        assert not (line and first) or len(f"{line} {first}") > 78, f"{line!r} breaks early"


def test_words_in_brackets_are_no_markup() -> None:
    assert "older than [keep] says" in shown("database prune", 300)
    assert "older than [keep] says" in shown("database", 300)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_number_has_a_largest(name: str) -> None:
    asked = get_type_hints(COMMANDS[name].callback, include_extras=True)
    numbers = {one: how for one, how in asked.items() if re.search(r"\bint\b", str(how))}
    assert [one for one, how in numbers.items() if how.__metadata__[0].max is None] == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "today"])
def test_a_day_that_no_edition_can_have_is_refused(day: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_day(day)


@pytest.mark.parametrize("span", ["9" * 400 + "h", "721h", "1d"])
def test_a_wait_that_no_clock_can_count_is_refused(span: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_wait(span)


def test_no_command_is_left_out_by_the_walk() -> None:
    assert {"audit", "outbox", "outbox hold", "subscriber import", "keys list"} <= COMMANDS.keys()
