"""What a topic would have selected: each edition is scored by what came before it alone."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from digest.model import Edition, EditionState, Paper, Rule, Tier
from digest.selection.backtest import Backtest, Scored
from digest.selection.sense import Sense
from digest.testing import WordsEmbedder
from subscribers.errors import TopicError

ROBOT = "Grasping objects with dexterous hands and tactile sensors in cluttered scenes."
OTHER = "Language models answer questions about long documents with retrieval."


def paper(number: int, title: str, abstract: str = OTHER) -> Paper:
    return Paper(key=f"arxiv:2608.{number:05d}", title=title, abstract=abstract)


def day(number: int, *papers: Paper) -> Edition:
    start = date(2026, 1, 1) + timedelta(days=number)
    return Edition(date=start, papers=papers, state=EditionState.SETTLED)


def earlier(days: int = 150) -> list[Edition]:
    """A paper a day, on robot arms every fiftieth day, else on something else."""
    return [
        day(n, paper(n, f"Robot arms {n}", ROBOT) if n % 50 == 0 else paper(n, f"Reading {n}"))
        for n in range(days)
    ]


def backtested(topic: str, *last: Paper) -> list[Scored]:
    editions = [*earlier(), day(200, *last)]
    return list(Backtest(editions).run(topic))[-1]


def test_every_paper_is_scored_and_only_matches_have_a_reason() -> None:
    hit, miss = backtested("robot arm", paper(901, "A robot arm", ROBOT), paper(902, "Reading"))
    assert (hit.matched, hit.tier) == (True, Tier.MATCHED)
    assert hit.reason is not None
    assert (hit.reason.phrase, hit.reason.field) == ("robot arm", "title")
    assert (miss.matched, miss.tier, miss.reason) == (False, None, None)
    assert hit.score > miss.score


def test_a_paper_that_is_close_is_near_and_its_words_say_why() -> None:
    title = "Grasping cluttered objects: dexterous hands with tactile sensors"
    (close,) = backtested("robot arm", paper(901, title, ROBOT))
    assert (close.matched, close.tier) == (False, Tier.NEAR)
    assert close.reason is not None
    assert close.reason.rule is Rule.NEAR
    assert "dexterous hands" in " ".join(close.reason.others)


def test_later_editions_do_not_change_earlier_scores() -> None:
    editions = [*earlier(), day(200, paper(901, "A robot arm", ROBOT))]
    more = [*editions, day(201, *(paper(950 + n, f"Robot arm {n}", ROBOT) for n in range(30)))]
    before = list(Backtest(editions).run("robot arm"))
    after = list(Backtest(more).run("robot arm"))[: len(before)]
    for one, again in zip(before, after, strict=True):
        assert [row.score for row in one] == pytest.approx([row.score for row in again])


def test_a_text_that_is_no_topic_is_refused() -> None:
    with pytest.raises(TopicError, match="titel: is no field"):
        list(Backtest(earlier(1)).run("titel:x"))


def test_without_editions_there_is_nothing() -> None:
    assert list(Backtest([]).run("robot")) == []


def test_an_embedder_brings_papers_of_the_same_sense_nearer() -> None:
    papers = [paper(1, "Robot arms", ROBOT), paper(2, "Reading", OTHER)]
    sense = Sense(papers, WordsEmbedder())
    near = sense.to_phrases(["grasping objects", "tactile sensors"], 0, 2)
    assert near[0] > near[1]
    middle = sense.to_centre(np.array([1.0]), 0, 1, 2)
    assert middle[0] == pytest.approx(1.0)  # the earlier paper is the middle itself
    assert middle[1] < middle[0]
