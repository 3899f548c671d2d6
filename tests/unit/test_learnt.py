from __future__ import annotations

from dataclasses import replace

from digest.likes import Likes
from digest.model import Paper
from digest.selection.grams import Grams
from digest.selection.learnt import heaviest
from digest.selection.reading import read
from digest.selection.span import Span
from digest.selection.taste import TasteSpace


def _papers(text: str, count: int) -> tuple[Paper, ...]:
    return tuple(Paper(key=f"url:{text}{n}", title=f"{text} number{n}") for n in range(count))


ROBOTS, POEMS, PROOFS = _papers("grasping Robots", 5), _papers("rhyming poems", 5), _papers("x", 40)
PAPERS = (*ROBOTS, *POEMS, *PROOFS)
SPACE = TasteSpace(Grams([read(paper) for paper in PAPERS]), Span(0, 50, 50), None)
LIKES = Likes(ROBOTS[:4], POEMS[:2])


def test_words_of_the_likes_come_first_then_those_of_the_dislikes() -> None:
    words = heaviest(SPACE, LIKES, most=3)
    assert {word.text for word in words[:3]} == {"grasping", "robots", "grasping robots"}
    assert {word.text for word in words[3:]} == {"rhyming", "poems", "rhyming poems"}
    assert [word.share > 0 for word in words] == [True] * 3 + [False] * 3
    assert max(abs(word.share) for word in words) == 1
    assert {word.step for word in words} <= {1, 2, 3, 4, 5}


def test_a_word_taken_out_counts_no_more_nor_do_pairs_that_hold_it() -> None:
    without = replace(LIKES, without=frozenset({"robot", "unknown", "rhyming poem"}))
    assert heaviest(SPACE, without)[0].text == "grasping"
    gone = SPACE.weights(LIKES).keys() - SPACE.weights(without).keys()
    assert gone >= {"robot", "grasping robot", "rhyming poem"}
    assert all("robot" in stems.split() for stems in gone - {"rhyming poem"})


def test_a_word_taken_out_moves_no_paper() -> None:
    new = Paper(key="url:new", title="robots")
    grams = Grams([read(paper) for paper in (*PAPERS, new)])
    space = TasteSpace(grams, Span(0, 50, 51), None)
    without = replace(LIKES, without=frozenset({"robot"}))
    assert space.taste(LIKES).scores[0] > 1
    assert space.taste(without).scores[0] < space.taste(LIKES).scores[0] / 2
