"""What a writer of a topic is told before it is saved."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from digest.model import Edition, EditionState, Paper
from digest.selection.advice import advice, counts, meanings, normal_forms
from subscribers.topics import parse


def paper(title: str, abstract: str = "") -> Paper:
    return Paper(key=f"title:{title}", title=title, abstract=abstract)


def editions(*days: list[Paper]) -> list[Edition]:
    return [
        Edition(
            date=date(2026, 8, 3) + timedelta(days=n),
            papers=tuple(papers),
            state=EditionState.SETTLED,
        )
        for n, papers in enumerate(days)
    ]


def advised(topic: str, *days: list[Paper]) -> tuple[str, ...]:
    return advice(parse(topic), editions(*days))


def test_a_topic_that_matches_much_should_be_narrowed() -> None:
    agents = [paper(f"Agent {n}") for n in range(6)]
    (told,) = advised("agent", agents, agents[:4])
    assert told == "It matches 5 papers a day; a longer phrase or NOT would narrow it."


def test_a_topic_that_never_matched_says_in_how_many_editions() -> None:
    assert advised("robot", *([paper("Agent")] for _ in range(90))) == (
        "It never matched in 90 editions.",
    )
    assert advised("robot", [paper("Agent")]) == ("It never matched in 1 edition.",)


def test_a_good_topic_and_an_empty_archive_give_no_warning() -> None:
    assert advised("agent", [paper("Agent")], [paper("Robot")]) == ()
    assert advised("agent") == ()


def test_matches_are_counted_by_edition() -> None:
    days = editions([paper("Agent"), paper("Robot")], [], [paper("Agents")])
    assert counts(parse("agent"), days) == [1, 0, 1]


def test_an_ambiguous_acronym_tells_its_meanings_out_of_the_table() -> None:
    assert advised("TTS") == (
        "TTS means 2 things (text to speech, test-time scaling): a phrase says which.",
    )
    assert advised('TTS OR "text to speech"') == ()


def test_an_acronym_that_papers_spell_out_in_several_ways_is_told() -> None:
    spelled = "Random Logic (RL) works."
    days = [
        [paper("One RL", "Reinforcement Learning (RL) works."), paper("Two", spelled)],
        [paper("Three", "We use reinforcement-learning (RL)."), paper("Four", spelled)],
    ]
    (told,) = advised("RLs", *days)
    assert told.startswith("RL means 2 things (reinforcement learning, random logic)")


def test_what_one_paper_alone_says_is_no_meaning() -> None:
    papers = [paper("a", "Reinforcement Learning (RL)"), paper("b", "Real Life (RL)")]
    assert meanings("RL", papers) == []
    assert meanings("RL", papers * 2) == ["reinforcement learning", "real life"]


def test_words_before_an_acronym_that_do_not_spell_it_are_no_meaning() -> None:
    assert meanings("RL", [paper("a", "a new method (RL)")] * 3) == []


def test_a_small_operator_is_told_to_be_a_word() -> None:
    (told,) = advised("tools or memory")
    assert told == "“or” is a word of the phrase here; the operator is OR."
    assert advised('"tools or memory"') == ()


@pytest.mark.parametrize(
    ("topic", "form"),
    [
        ("multi-modal models", "multi modal model"),
        ('"World Models"', "world models"),
        ("LLMs", "LLM or LLMs, with these capitals"),
        ("C++", "c++"),
        ("R&D", "r & d"),
        ("τ-bench", "tau bench"),
        ("$1 Million", "$ 1 million"),
    ],
)
def test_a_normal_form_is_what_is_looked_for(topic: str, form: str) -> None:
    assert list(normal_forms(parse(topic))) == [(topic.strip('"'), form)]
