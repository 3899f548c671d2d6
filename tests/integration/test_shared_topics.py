"""Topics on two years of real papers: each selects what its writer meant."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.model import Paper
from digest.selection.matching import Matcher
from digest.selection.reading import Reading, read
from subscribers.topics import parse


@pytest.fixture(scope="module")
def papers(shared_data: Path) -> list[Paper]:
    with gzip.open(shared_data / "topics" / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        return list(map(paper, map(json.loads, lines)))


@pytest.fixture(scope="module")
def readings(papers: list[Paper]) -> list[Reading]:
    return list(map(read, papers))


def paper(record: dict[str, str]) -> Paper:
    return Paper(key=record["id"], title=record["title"], abstract=record["abstract"])


def selected(topic: str, papers: list[Paper], readings: list[Reading]) -> Iterator[Paper]:
    tree = parse(topic)
    mask = Matcher(papers, readings, [tree]).papers(tree)
    return (one for number, one in enumerate(papers) if mask >> number & 1)


def test_rl_selects_those_that_mean_it_and_no_parts_of_words(
    papers: list[Paper], readings: list[Reading]
) -> None:
    within_words = sum("rl" in f"{p.title} {p.abstract}".lower() for p in papers)
    assert within_words > 4500
    assert 880 <= len(list(selected("RL", papers, readings))) <= 900


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("R&D", "R&D"),
        ("C++", "C++"),
        ("τ-bench", "τ"),
        ("$1 Million", "$1 Million"),
        ("GPT-4o", "GPT-4o"),
        ('"chain of thought"', "Chain-of-Thought"),
        ("in-context", "In-Context"),
    ],
)
def test_signs_and_hyphens_are_found_as_they_are_written(
    topic: str, title: str, papers: list[Paper], readings: list[Reading]
) -> None:
    found = list(selected(topic, papers, readings))
    assert any(title in f"{p.title} {p.abstract}" for p in found)
    assert len(found) < len(papers) / 10


def test_hyphen_space_and_nothing_are_one(papers: list[Paper], readings: list[Reading]) -> None:
    counts = {
        len(list(selected(topic, papers, readings)))
        for topic in ("multi modal", "multi-modal", "multimodal")
    }
    assert len(counts) == 1
    assert counts.pop() > 1000


def test_an_acronym_is_the_same_in_the_plural(papers: list[Paper], readings: list[Reading]) -> None:
    assert list(selected("LLMs", papers, readings)) == list(selected("LLM", papers, readings))


def test_an_exclusion_takes_surveys_out_by_their_titles(
    papers: list[Paper], readings: list[Reading]
) -> None:
    with_surveys = list(selected("agent", papers, readings))
    without = list(selected("agent -survey", papers, readings))
    assert 0 < len(with_surveys) - len(without) < 60
    assert not any("survey" in p.title.lower().split() for p in without)
