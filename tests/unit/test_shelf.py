from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Paper
from digest.selection.matching import Matcher
from digest.selection.reading import read
from digest.selection.shelf import Shelf
from subscribers.topics import parse

DAY = date(2026, 8, 20)
WORDS = ["pre", "training", "pretraining", "RL", "RLs", "rl", "agents", "agent", "in-context",
         "incontext", "a", "Learning", "C++", "τ-bench", "GPT-4o", "GPT4o", "RLagent", "agents,",
         "pre. Training"]  # fmt: skip
texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
papers = st.lists(
    st.builds(
        Paper,
        key=st.uuids().map(lambda key: f"url:{key}"),
        title=texts,
        abstract=texts,
        keywords=st.lists(texts, max_size=2).map(tuple),
        authors=st.lists(st.sampled_from(["Ana B. Silva", "Bea Ångström", "B. Silva"])).map(tuple),
        upvotes=st.none() | st.integers(0, 50),
    ),
    max_size=8,
)
queries = st.sampled_from(
    ["pretraining", '"pre training"', "RL", "agent learning", "RL agent", '"RL agents, a"',
     "GPT 4o", "in-context NOT agent", "a OR RL",
     "title:agents upvotes>=20", "C++", "tau-bench", "keyword:RL -abs:learning", "author:Silva",
     "author:b-silva NOT author:ana", "author:angstrom OR RLs"]
)  # fmt: skip


@given(papers, queries)
def test_a_shelf_finds_what_the_matcher_of_a_day_finds(found: list[Paper], query: str) -> None:
    shelf = Shelf((DAY, paper) for paper in found)
    tree = parse(query)
    expected = Matcher(found, [read(paper) for paper in found], [tree])
    assert shelf.pick({query: tree}).mask == expected.papers(tree)
    veto = shelf.pick({"a": parse("a OR agent OR RL")}, [tree]).mask
    assert veto & expected.papers(tree, veto=True) == 0


def test_papers_come_the_latest_first_with_their_reasons() -> None:
    listed = [(DAY + timedelta(days=n), Paper(key=f"arxiv:{n}", title="RL")) for n in range(3)]
    picked = Shelf(listed).pick({"RL": parse("RL"), "x": parse("x")})
    assert [found.paper.key for found in picked.found(2)] == ["arxiv:2", "arxiv:1"]
    assert [found.reason.phrase for found in picked.found(5, 2)] == ["RL"]
    assert list(picked.by_day().values()) == [1, 1, 1]
    assert picked.count == 3
