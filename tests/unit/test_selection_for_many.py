"""Fast ways against slow and obvious ones, on random papers, topics and readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Edition, EditionState, Paper
from digest.selection import Selector
from digest.selection.many import NOBODY, ranked, readers_of, select_many
from digest.selection.matching import Matcher
from digest.selection.reading import read
from subscribers.model import Subscriber, Topic
from subscribers.topics import (
    MARK,
    And,
    Field,
    Node,
    Not,
    Or,
    Term,
    Word,
    acronym_of,
    is_acronym,
    marked,
)

WORDS = ["RL", "rl", "agents", "agent", "pre", "training", "pretraining", "multi-modal", "multi",
         "RLagent", "multi,", "training."]  # fmt: skip
TEXT = st.lists(st.sampled_from([*WORDS, "modal", "models", "RLs"]), min_size=1, max_size=6)
PAPERS = st.lists(
    st.builds(
        lambda title, abstract: Paper(key="", title=" ".join(title), abstract=" ".join(abstract)),
        TEXT,
        TEXT,
    ),
    min_size=1,
    max_size=6,
)
TERMS = st.builds(
    Term,
    st.lists(st.sampled_from([*WORDS, "RLs"]), min_size=1, max_size=3).map(" ".join),
    st.sampled_from([Field.ANY, Field.TITLE, Field.ABSTRACT]),
    st.booleans(),
)
TREES = st.recursive(
    TERMS,
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=2, max_size=3).map(lambda items: And(tuple(items)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda items: Or(tuple(items)))
    ),
    max_leaves=6,
)


def holds(tree: Node, paper: Paper, *, veto: bool = False) -> bool:
    """The reference: one tree, one paper, one text after the other."""
    if isinstance(tree, Not):
        return not holds(tree.item, paper, veto=not veto)
    if isinstance(tree, And):
        return all(holds(item, paper, veto=veto) for item in tree.items)
    if isinstance(tree, Or):
        return any(holds(item, paper, veto=veto) for item in tree.items)
    assert isinstance(tree, Term)
    texts = {
        Field.ANY: [paper.title] if veto else [paper.title, paper.abstract],
        Field.TITLE: [paper.title],
        Field.ABSTRACT: [paper.title, paper.abstract] if veto else [paper.abstract],
    }[tree.field]
    return any(stands_in(tree, text) for text in texts)


def stands_in(term: Term, text: str) -> bool:
    asked, there = marked(term.text), marked(text)
    if len(asked) == 1 and is_acronym(asked[0].written):
        bare = asked[0].written.removesuffix("s")
        wanted = (asked[0].written,) if term.quoted else (bare, bare + "s")
        return any(word.written in wanted for word in there)
    form = (lambda w: w.folded) if term.quoted else (lambda w: w.stem)
    spaced = "|".join(map(form, there))
    return re.search(rf"(?<![^|]){pattern(asked, form)}(?![^|])", spaced) is not None


def pattern(asked: Sequence[Word], form: Callable[[Word], str]) -> str:
    """The letters of a phrase, parted anywhere, and in any case where an acronym stands."""
    text = ""
    for one, two in pairwise((*asked, None)):
        assert one is not None
        text += r"\|?".join(map(re.escape, form(one)))
        acronym = two and (acronym_of(one.written) or acronym_of(two.written))
        text += r"\|" if acronym and MARK not in (one, two) else r"\|?" * (two is not None)
    return text


@given(PAPERS, st.lists(TREES, min_size=1, max_size=5))
def test_all_topics_at_once_match_what_each_would_alone(
    papers: list[Paper], trees: list[Node]
) -> None:
    matcher = Matcher(papers, [read(paper) for paper in papers], trees)
    for tree in trees:
        for veto in (False, True):
            mask = matcher.papers(tree, veto=veto)
            expected = [holds(tree, paper, veto=veto) for paper in papers]
            assert [bool(mask >> n & 1) for n in range(len(papers))] == expected


TOPICS = ["RL", "agent", "training", "multi modal", "pretraining", "title:agent -RL"]
WANTED = st.lists(st.tuples(st.sampled_from(TOPICS), st.booleans()), max_size=5, unique=True)


@given(PAPERS, st.lists(st.tuples(WANTED, st.integers(1, 4)), min_size=1, max_size=6))
def test_many_readers_get_what_each_would_alone(
    papers: list[Paper], wanted: list[tuple[list[tuple[str, bool]], int]]
) -> None:
    named = tuple(
        Paper(key=f"title:{n}", title=paper.title, abstract=paper.abstract)
        for n, paper in enumerate(papers)
    )
    edition = Edition(date=date(2026, 8, 20), papers=named, state=EditionState.SETTLED)
    selector = Selector(edition, TOPICS)
    numbers = {text: number for number, text in enumerate(TOPICS)}
    table = selector.table(TOPICS)
    chosen = select_many(
        table, readers_of([topics for topics, _ in wanted], numbers, [most for _, most in wanted])
    )
    for row, (topics, most) in zip(chosen.papers, wanted, strict=True):
        if all(excluded for _, excluded in topics):
            continue  # no topic: the most voted, which need no join
        reader = Subscriber(
            email="reader@example.org",
            topics=tuple(Topic(text=text, excluded=excluded) for text, excluded in topics),
            max_papers=most,
        )
        alone = {entry.paper.key for entry in selector.select(reader).entries}
        assert {named[n].key for n in row if n != NOBODY} == alone


def test_nobody_matches_nothing() -> None:
    table = ranked([0], [0], [np.zeros(3)], 3)
    chosen = select_many(table, readers_of([[("a", False)], []], {"a": 0}, [10, 10]))
    assert chosen.counts.tolist() == [0, 0]
