"""What is asked when a topic with an ambiguous acronym is saved."""

from __future__ import annotations

import pytest

from subscribers.errors import TopicError
from subscribers.topics import Term, answered, parse, questions, words
from subscribers.topics.acronyms import MEANINGS


def test_an_ambiguous_acronym_is_asked_about_with_the_topic_that_each_answer_makes() -> None:
    (asked,) = questions("TTS")
    assert asked.acronym == "TTS"
    assert [choice.meaning for choice in asked.choices] == [
        "text to speech",
        "test-time scaling",
        "",
    ]
    assert asked.choices[0].topic == "text to speech OR TTS AND NOT abs:(test-time scaling)"
    assert asked.choices[-1].topic == "TTS"


@pytest.mark.parametrize(
    "clear",
    ["RL", "TTS model", "author:SAM", 'TTS OR "text to speech"', "TTS -abs:(test time scaling)"],
)
def test_what_is_clear_or_said_is_not_asked(clear: str) -> None:
    assert questions(clear) == ()


def test_an_answer_is_not_asked_about_again() -> None:
    for acronym, meanings in MEANINGS.items():
        for meaning in meanings:
            assert questions(answered(acronym, {acronym: [meaning]})) == ()


def test_several_meanings_can_be_meant() -> None:
    topic = answered("IR", {"IR": ["information retrieval", "infrared"]})
    assert topic == "information retrieval OR infrared OR IR AND NOT abs:(image restoration)"


def test_all_meanings_or_none_leave_a_topic_as_it_was_written() -> None:
    assert answered("TTS -survey", {"TTS": MEANINGS["TTS"]}) == "TTS -survey"
    assert answered("TTS -survey", {"TTS": [""]}) == "TTS -survey"
    assert answered("TTS -survey", {}) == "TTS -survey"


def test_an_answer_changes_its_own_place_alone() -> None:
    changed = answered("agents  -survey\ntitle:SAM upvotes>=3", {"SAM": ["Segment Anything Model"]})
    first, second = changed.splitlines()
    assert first == "agents  -survey"
    exact = "title:(Segment Anything Model) OR title:SAM -abs:(sharpness-aware minimization)"
    assert parse(second) == parse(f"({exact}) upvotes>=3")


def test_an_answer_that_is_no_meaning_is_named_with_its_place() -> None:
    with pytest.raises(TopicError, match="TTS is not known to mean tea") as caught:
        answered("agents\nTTS", {"TTS": ["tea"]})
    assert caught.value.facts["line"] == 2


def test_every_meaning_of_the_table_is_a_phrase_that_spells_its_acronym() -> None:
    for acronym, meanings in MEANINGS.items():
        for meaning in meanings:
            assert parse(meaning) == Term(meaning)
            initials = "".join(word.written[0] for word in words(meaning)).casefold()
            assert len(meanings) > 1
            assert initials[0] == acronym[0].casefold(), (acronym, meaning)
