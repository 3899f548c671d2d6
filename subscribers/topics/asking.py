"""Asking what an ambiguous acronym of a topic means, and the topic that an answer makes of it.

The question and its choices are values: a terminal asks them one after the other, a page shows
them beside its form. A meaning turns `TTS` into an exact topic,
`text to speech OR (TTS NOT abs:(test-time scaling))`: papers that spell it out, and those that
write the acronym without spelling out another of its meanings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from subscribers.topics.acronyms import Ambiguity, ambiguities, stands_alone_as
from subscribers.topics.mistakes import Place, mistake
from subscribers.topics.parser import lines_of, parse
from subscribers.topics.printing import to_text
from subscribers.topics.tree import And, Field, Node, Not, Or, Term, all_of, any_of


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question.

    Attributes:
        meaning: what the acronym stands for; "" for all of its meanings.
        topic: the topic as this answer makes it.
    """

    meaning: str
    topic: str


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask before a topic is saved.

    Attributes:
        acronym: that stands alone in the topic and means several things.
        text: the question in words.
        choices: its meanings in the table's order, then all of them: the topic as it is.
    """

    acronym: str
    text: str
    choices: tuple[Choice, ...]


def questions(topic: str) -> tuple[Question, ...]:
    """What to ask about a topic; nothing where each acronym is clear or said to be.

    Raises:
        TopicError: the text is no topic.
    """
    return tuple(_question(topic, asked) for asked in ambiguities(parse(topic)))


def _question(topic: str, asked: Ambiguity) -> Question:
    exact = (Choice(m, answered(topic, {asked.acronym: [m]})) for m in asked.meanings)
    text = f"{asked.acronym} stands for several things: which do you mean?"
    return Question(asked.acronym, text, (*exact, Choice("", topic)))


def answered(topic: str, answers: Mapping[str, Sequence[str]]) -> str:
    """The topic with its acronyms made exact, line by line.

    Args:
        topic: a text that `questions` asks about.
        answers: the meanings that were chosen, by acronym. An acronym with none or with all
            of its meanings stays as it is, as does one that is not asked about.

    Raises:
        TopicError: the text is no topic, or an answer is none of the acronym's meanings.
    """
    known = [(asked, answers.get(asked.acronym, ())) for asked in ambiguities(parse(topic))]
    given = [(asked, [meaning for meaning in chosen if meaning]) for asked, chosen in known]
    for asked, chosen in given:
        _require_known(topic, asked, chosen)
    wanted = [
        (asked, chosen) for asked, chosen in given if 0 < len(set(chosen)) < len(asked.meanings)
    ]
    return "\n".join(_line(line, wanted) for line in lines_of(topic)) if wanted else topic


def _line(line: str, wanted: Sequence[tuple[Ambiguity, Sequence[str]]]) -> str:
    tree = changed = parse(line) if line.strip() else None
    for asked, chosen in wanted:
        changed = changed and _exact(changed, asked, chosen)
    return line if changed is None or changed == tree else to_text(changed)


def _require_known(topic: str, asked: Ambiguity, chosen: Sequence[str]) -> None:
    unknown = next((meaning for meaning in chosen if meaning not in asked.meanings), None)
    if unknown is not None:
        lines = enumerate(lines_of(topic), 1)
        number, line = next((n, line) for n, line in lines if asked.acronym in line)
        place = Place(line, number, line.index(asked.acronym))
        reason = f"{asked.acronym} is not known to mean {unknown}"
        raise mistake(place, reason, " or ".join(asked.meanings))


def _exact(tree: Node, asked: Ambiguity, chosen: Sequence[str]) -> Node:
    """The tree with each wanted occurrence of the acronym in its chosen meanings alone."""
    if isinstance(tree, And):
        return all_of(tuple(_exact(item, asked, chosen) for item in tree.items))
    if isinstance(tree, Or):
        return any_of(tuple(_exact(item, asked, chosen) for item in tree.items))
    if isinstance(tree, Term) and stands_alone_as(tree) == asked.acronym:
        wanted = tuple(replace(tree, text=meaning, quoted=False) for meaning in chosen)
        return any_of((*wanted, all_of((tree, *_vetoes(asked, chosen)))))
    return tree


def _vetoes(asked: Ambiguity, chosen: Sequence[str]) -> Iterator[Node]:
    others = (meaning for meaning in asked.meanings if meaning not in chosen)
    return (Not(Term(meaning, Field.ABSTRACT)) for meaning in others)
