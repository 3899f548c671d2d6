"""What a reader likes, learnt from a few papers."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from digest.likes import Likes
from digest.model import Paper
from digest.selection.background import standing_out
from digest.selection.grams import Grams
from digest.selection.reading import read
from digest.selection.span import Span
from digest.selection.taste import Taste, TasteSpace

_FIELDS = ("speech", "robot", "protein", "video", "graph", "proof")
_THINGS = ("model", "agent", "benchmark", "survey", "memory")


def paper(title: str, abstract: str = "") -> Paper:
    return Paper(key=f"title:{title}{abstract}", title=title, abstract=abstract)


EARLIER = [
    paper(f"A {field} {thing}", f"We study the {thing} for every {field} number {n}.")
    for n, field, thing in product(range(4), _FIELDS, _THINGS)
]


def space_of(*edition: Paper) -> TasteSpace:
    papers = [*EARLIER, *edition]
    span = Span(0, len(EARLIER), len(papers))
    return TasteSpace(Grams([read(p) for p in papers]), span, None)


def taste(likes: Likes, *edition: Paper) -> Taste:
    return space_of(*edition).taste(likes)


ROBOTS = tuple(paper("A robot agent", f"The agent moves a robot, case {n}.") for n in range(3))


def test_what_is_like_the_likes_stands_out() -> None:
    robot, speech = taste(Likes(ROBOTS), paper("One robot agent"), paper("One speech model")).scores
    assert robot > speech + 3


def test_a_dislike_pushes_its_subject_down() -> None:
    edition = (paper("One robot survey"), paper("One robot agent"))
    survey, _ = taste(Likes(ROBOTS), *edition).scores
    pushed, kept = taste(Likes(ROBOTS, (paper("A robot survey"),)), *edition).scores
    assert pushed < 0 < min(survey, kept)


def test_a_pair_of_words_tells_more_than_its_words_apart() -> None:
    together, apart = taste(
        Likes(ROBOTS), paper("Fast robot agent"), paper("Robot sees fast agent")
    ).scores
    assert together > apart


def test_a_pair_holds_no_function_word_and_spans_no_two_texts() -> None:
    grams = Grams([read(paper("Chain of thought", "World models"))]).vocabulary
    assert set(grams) == {"chain", "thought", "world", "model", "world model"}


def test_the_liked_paper_most_like_each_is_named() -> None:
    likes = Likes((paper("A robot agent"), paper("A protein graph"), paper("A speech survey")))
    assert taste(likes, paper("New speech survey")).likest == ("A speech survey",)


def test_what_is_learnt_does_not_depend_on_the_rest_of_the_edition() -> None:
    asked = paper("One robot agent")
    alone = taste(Likes(ROBOTS), asked).scores[0]
    among = taste(Likes(ROBOTS), asked, *(paper(f"Robot agent {n}") for n in range(9))).scores[0]
    assert among == pytest.approx(alone)


def test_a_word_of_a_like_that_another_paper_happens_to_hold_changes_nothing() -> None:
    likes = Likes(tuple(paper(f"A robot agent, case {word}") for word in ("one", "two", "xyzzy")))
    asked = paper("The robot agent")
    alone = taste(likes, asked).scores[0]
    assert taste(likes, asked, paper("Unheard of xyzzy")).scores[0] == pytest.approx(alone)


def test_what_likes_hold_less_of_than_others_says_nothing_against_a_paper() -> None:
    assert min(space_of().weights(Likes(ROBOTS)).values()) > 0
    assert min(space_of().weights(Likes(ROBOTS, (paper("A graph"),))).values()) < 0


def test_without_earlier_papers_likes_still_order() -> None:
    papers = [paper("One robot agent"), paper("One speech model")]
    space = TasteSpace(Grams([read(p) for p in papers]), Span(0, 0, 2), None)
    robot, speech = space.taste(Likes(ROBOTS)).scores
    assert robot > speech


def test_a_subject_that_becomes_frequent_goes_on_standing_out() -> None:
    plain = np.random.default_rng(0).normal(size=1000)
    frequent = np.concatenate((plain, np.full(150, 8.0)))
    before, after = (
        standing_out(np.array([8.0]), earlier, mean=0, spread=1, least=0.01)[0]
        for earlier in (plain, frequent)
    )
    assert after > 0.85 * before


NO_MATCHES = np.zeros(len(EARLIER))


def test_a_topic_beside_likes_brings_up_what_it_names() -> None:
    space = space_of(paper("A robot survey"), paper("A robot memory"))
    leaning = space.taste(Likes(ROBOTS)).leaning
    towards = space.towards_topic(["robot memory"], NO_MATCHES)
    survey, memory = space.standing(leaning)
    assert memory - survey < np.subtract(*space.standing(leaning + towards)[::-1])


def test_what_a_topic_matched_earlier_counts_beside_its_phrases() -> None:
    space = space_of(paper("A speech survey"), paper("A protein survey"))
    matches = np.array([float("speech" in p.title) for p in EARLIER])
    speech, protein = space.standing(space.towards_topic(["utterance"], matches))
    assert speech > protein
    assert not np.any(space.towards_topic([], matches).words)  # as of a topic of fields alone


def test_two_matches_say_nothing_yet() -> None:
    space = space_of(paper("A speech survey"))
    two = np.array([1.0 if n in (0, 1) else 0.0 for n in range(len(EARLIER))])
    some, none = (space.towards_topic(["proof"], m).words for m in (two, NO_MATCHES))
    assert np.array_equal(some, none)


OLDER = [paper(f"An agent, old {n}", f"The agent is old, case {n}.") for n in range(120)]


def space_after(older: list[Paper], *edition: Paper) -> TasteSpace:
    papers = [*older, *EARLIER, *edition]
    span = Span(0, len(older) + len(EARLIER), len(papers))
    return TasteSpace(Grams([read(p) for p in papers]), span, None)


def test_how_rare_a_word_is_older_papers_say_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.selection.taste.WINDOW", len(EARLIER))
    before, after = (space_after(older).weights(Likes(ROBOTS)) for older in ([], OLDER))
    assert {"robot", "agent"} <= before.keys()
    assert "robot" in after
    assert "agent" not in after  # nearly half of all papers hold it now


def test_what_is_ordinary_the_latest_papers_alone_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.selection.taste.WINDOW", len(EARLIER))
    space = space_after(OLDER, paper("One robot agent"))
    along = space.taste(Likes(ROBOTS)).leaning.words
    assert len(along) == len(EARLIER) + 1
    likeness = space_after(OLDER, *EARLIER, paper("One robot agent")).taste(Likes(ROBOTS)).leaning
    assert along == pytest.approx(likeness.words[len(EARLIER) :])


def test_matches_are_of_the_latest_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.selection.taste.WINDOW", len(EARLIER))
    space = space_after(OLDER, paper("A speech survey"), paper("A protein survey"))
    matches = np.array([float("speech" in p.title) for p in EARLIER])
    speech, protein = space.standing(space.towards_topic(["utterance"], matches))
    assert speech > protein


def test_where_the_middle_of_papers_lies_older_papers_say_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("digest.selection.taste.WINDOW", len(EARLIER))
    older = [paper("Knots", f"Knots, case {n}.") for n in range(40)]
    liked = Likes(tuple(paper(p.title, f"{p.abstract} No knots.") for p in ROBOTS))
    weights = space_after(older, paper("One robot agent")).weights(liked)
    assert "robot" in weights
    assert "knot" not in weights  # the likes hold less of it than papers do that are no longer new
