from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import TopicError
from subscribers.topics import (
    And,
    Condition,
    Field,
    Has,
    Measure,
    Node,
    Not,
    Or,
    Possession,
    Relation,
    Term,
    ambiguities,
    in_words,
    label,
    parse,
    to_text,
)

RL, AGENT, SURVEY = Term("RL"), Term("agent"), Term("survey")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("RL", RL),
        ("deep  research agent", Term("deep research agent")),
        ('"chain of thought"', Term("chain of thought", quoted=True)),
        ("\u201cchain of thought\u201d", Term("chain of thought", quoted=True)),
        ('RL "agent"', And((RL, Term("agent", quoted=True)))),
        ("RL OR agent AND NOT survey", Or((RL, And((AGENT, Not(SURVEY)))))),
        ("RL -survey", And((RL, Not(SURVEY)))),
        ("RL NOT survey", And((RL, Not(SURVEY)))),
        ("NOT survey RL", None),
        ("(RL OR agent) -survey", And((Or((RL, AGENT)), Not(SURVEY)))),
        ("RL\n\nagent", Or((RL, AGENT))),
        ("RL\r\nagent -survey", Or((RL, And((AGENT, Not(SURVEY)))))),
        ("RL \u2013survey", And((RL, Not(SURVEY)))),  # an en dash, and a minus
        ("RL \u2212survey", And((RL, Not(SURVEY)))),
        ("\uff08RL\u3000\uff2f\uff32 agent\uff09\uff0dsurvey", None),
        (
            "\uff08RL\u3000\uff2f\uff32 agent\uff09 \uff0dsurvey",
            And((Or((RL, AGENT)), Not(SURVEY))),
        ),
        ("title\uff1aRL", Term("RL", Field.TITLE)),
        ("A* search", Term("A* search")),
        ("10,000 papers", Term("10,000 papers")),
        ("in-context", Term("in-context")),
        ("title:deep research", And((Term("deep", Field.TITLE), Term("research")))),
        ('abs:"deep research"', Term("deep research", Field.ABSTRACT, quoted=True)),
        ("title:(RL OR agent)", Or((Term("RL", Field.TITLE), Term("agent", Field.TITLE)))),
        ("cat:cs.*", Term("cs.*", Field.CATEGORY)),
        ("upvotes >= 20", Condition(Measure.UPVOTES, Relation.AT_LEAST, 20)),
        ("authors<=3", Condition(Measure.AUTHORS, Relation.AT_MOST, 3)),
        ("upvotes\u226520", Condition(Measure.UPVOTES, Relation.AT_LEAST, 20)),
        ("has:code", Has(Possession.CODE)),
        ("reading or writing", Term("reading or writing")),
        ("R&D", Term("R&D")),
        ("C++", Term("C++")),
        ("\u03c4-bench", Term("\u03c4-bench")),
        ("GPT-4o", Term("GPT-4o")),
        ("$1 Million", Term("$1 Million")),
        ("\U0001f917", Term("\U0001f917")),
    ],
)
def test_a_text_means_this_tree(text: str, tree: Node | None) -> None:
    if tree is None:
        with pytest.raises(TopicError):
            parse(text)
    else:
        assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 0, "empty"),
        ("-survey", 1, 0, "only excludes"),
        ("RL\n-survey", 2, 0, "only excludes"),
        ("RL OR -survey", 1, 6, "only excludes"),
        ("RL OR", 1, 5, "ends here"),
        ("AND RL", 1, 0, "has nothing"),
        ("(RL", 1, 0, "not closed"),
        ("RL)", 1, 2, "closes nothing"),
        ('agents "deep research', 1, 7, "not closed"),
        ('""', 1, 0, "nothing to look for"),
        ("...", 1, 0, "nothing to look for"),
        ("RL, agents", 1, 2, "no operator"),
        ("RL | agents", 1, 3, "no operator"),
        ("RL - agents", 1, 3, "stands alone"),
        ("RL \u2014survey", 1, 3, "A dash excludes nothing"),
        ("agent*", 1, 5, "* is no operator"),
        ("RL agent~2", 1, 8, "~2 is no operator"),
        ("+RL", 1, 0, "+ is no operator"),
        ("RL !agent", 1, 3, "! is no operator"),
        ("title :RL", 1, 6, ": is no operator"),
        ("RL|agent", 1, 2, "| is no operator"),
        ("RL,agent", 1, 2, ", is no operator"),
        ("RL&&agent", 1, 2, "&& is no operator"),
        ("--survey RL", 1, 0, "excludes nothing"),
        ("titel:RL", 1, 0, "titel: is no field"),
        ("title:", 1, 6, "has no value"),
        ("title:(abs:RL)", 1, 7, "within title"),
        ("votes>3", 1, 0, "cannot be compared"),
        ("upvotes>=many", 1, 9, "no whole number"),
        ("upvotes=>3", 1, 7, "no comparison"),
        ("has:wings", 1, 4, "not known"),
        ("cat:x!", 1, 4, "no category"),
        ("a\x00b", 1, 1, "U+0000"),
        ("(" * 10_000, 1, 4000, "too long"),
        ("(" * 100 + "RL", 1, 40, "too deep"),
        ("RL " + "NOT " * 100 + "agent", 1, 163, "too deep"),
    ],
)
def test_an_error_points_at_its_place(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(TopicError) as caught:
        parse(text)
    assert (caught.value.facts["line"], caught.value.facts["column"]) == (line, column)
    assert reason in str(caught.value)


def test_the_caret_stands_under_the_place() -> None:
    with pytest.raises(TopicError) as caught:
        parse("\u4e16\u754c titel:RL")
    *_, text, caret = str(caught.value).splitlines()
    assert text == "\u4e16\u754c titel:RL"
    assert caret == "     ^"  # the two characters before are two columns wide


def test_an_unknown_field_lists_those_there_are() -> None:
    with pytest.raises(TopicError, match="title: abs: author: org: cat: keyword: source: has:"):
        parse("titel:RL")


PIECES = st.sampled_from(
    (
        *("RL", "deep research", " ", "\n", '"', "(", ")", "-", "OR", "AND", "NOT", "title:"),
        *("cat:cs.*", "has:code", "upvotes>=2", ":", "abs:(", "\u03c4", "\U0001f917", ",", "&"),
        *("\u0130", "e\u0301"),
    )
)


SHORT = st.sampled_from(("(a)", '"a"', "author:a ", "-a ", "a\n", "keyword:(a OR b)"))


def _parsed(text: str) -> Node | TopicError:
    try:
        return parse(text)
    except TopicError as error:
        return error


@given(
    st.one_of(
        st.text(),
        st.lists(PIECES).map("".join),
        st.lists(PIECES).map(" ".join),
        st.tuples(SHORT, st.integers(1, 1300)).map(lambda piece: "b " + piece[0] * piece[1]),
    )
)
def test_any_text_is_a_tree_that_prints_back_or_an_error_with_a_place(text: str) -> None:
    result = _parsed(text)
    if isinstance(result, TopicError):
        assert "^" in str(result)
        assert result.facts["expected"]
    else:
        assert parse(to_text(result)) == result
        assert in_words(result)


def test_a_text_of_any_length_is_answered() -> None:
    with pytest.raises(TopicError, match="too long"):
        parse("RL OR " * 1_000_000 + "RL")


def test_an_ambiguous_acronym_is_asked_about() -> None:
    (asked,) = ambiguities(parse("TTS"))
    assert "text to speech" in asked.meanings
    assert "test-time scaling" in asked.meanings


def test_a_clear_phrase_is_not_asked_about() -> None:
    assert not ambiguities(parse('"text to speech" OR TTS model -SAM'))


def test_a_tree_is_told_in_words() -> None:
    told = in_words(parse('RL -abs:survey OR "chain of thought" upvotes>=20'))
    assert '"RL" with these capitals' in told
    assert 'not "survey" in the title or abstract' in told
    assert '"chain of thought" exactly so' in told
    assert "at least 20 votes" in told


def test_a_heading_is_the_first_line() -> None:
    assert label("\nRL agents\nworld models") == "RL agents"
    assert label("x" * 100) == "x" * 59 + "\u2026"
