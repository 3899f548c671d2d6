"""Asks what an ambiguous acronym means before a topic is saved, where somebody can answer."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated

import typer

from digest.cli.output import err, note, warn
from subscribers.topics import Question, answered, questions

YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Ask nothing: save the topic as it is.")
]


def made_exact(topic: str, *, yes: bool = False) -> str:
    """The topic with its ambiguous acronyms as the writer means them.

    Without a terminal, or with `yes`, it stays as it is and a warning says what is more exact.

    Raises:
        TopicError: the text is no topic.
    """
    if yes or not _somebody_answers():
        for question in questions(topic):
            _warn_of(question)
        return topic
    answers = {question.acronym: [_ask(question)] for question in questions(topic)}
    return answered(topic, answers)


def _somebody_answers() -> bool:
    return sys.stdin.isatty() and err.is_terminal


def _warn_of(question: Question) -> None:
    *exact, _ = question.choices
    meanings = ", ".join(choice.meaning for choice in exact)
    warn(f"{question.acronym} stands for {meanings}. More exact would be, say:")
    for choice in exact:
        note(f"  {choice.topic}")


def _ask(question: Question) -> str:
    """The meaning that was chosen, "" for all."""
    err.print(question.text, markup=False)
    for number, choice in enumerate(question.choices, 1):
        told = choice.meaning or f"all of them: {question.acronym} as it is"
        err.print(f"  {number}  {told}", markup=False)
    last = len(question.choices)
    chosen: int = typer.prompt("Number", default=last, err=True, value_proc=partial(_number, last))
    return question.choices[chosen - 1].meaning


def _number(last: int, typed: str | int) -> int:
    if str(typed) in map(str, range(1, last + 1)):
        return int(typed)
    raise typer.BadParameter(f"{typed!r} is none of 1 to {last}")
