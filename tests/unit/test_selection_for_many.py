"""Fast ways against slow and obvious ones, on random papers, topics and readers."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Edition, EditionState, Paper
from digest.selection import Selector
from digest.selection.many import NOBODY, ranked, readers_of, select_many
from digest.selection.matching import Matcher
from digest.selection.reading import read
from subscribers.model import Subscriber, Topic
from subscribers.topics import And, Field, Node, Not, Or, Term, is_acronym, words

WORDS = ["RL", "rl", "agents", "agent", "pre", "training", "pretraining", "multi-modal", "multi"]
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
    asked, there = words(term.text), words(text)
    if len(asked) == 1 and is_acronym(asked[0].written):
        bare = asked[0].written.removesuffix("s")
        wanted = (asked[0].written,) if term.quoted else (bare, bare + "s")
        return any(word.written in wanted for word in there)
    form = (lambda w: w.folded) if term.quoted else (lambda w: w.stem)
    phrase = "".join(map(form, asked))
    ends = range(1, len(there) + 1)
    return any(
        "".join(map(form, there[first:end])) == phrase for end in ends for first in range(end)
    )


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
