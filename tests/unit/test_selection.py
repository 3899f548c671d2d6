from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from digest.embedding import Vectors, unit
from digest.likes import Likes
from digest.model import Edition, EditionState, Link, LinkKind, Paper, Rule, Tier
from digest.selection import Background, Selector, Why
from subscribers.model import Subscriber, Topic, WhenNothing

DAY = date(2026, 8, 20)
READER = Subscriber(email="reader@example.org")


def paper(title: str, abstract: str = "", **facts: Any) -> Paper:
    return Paper(key=f"title:{title}", title=title, abstract=abstract, **facts)


def edition(*papers: Paper, **facts: Any) -> Edition:
    return Edition(date=DAY, papers=papers, state=EditionState.SETTLED, **facts)


def asking(*texts: str, exclude: str = "", **wishes: Any) -> Subscriber:
    topics = tuple(Topic(text=text) for text in texts)
    topics += (Topic(text=exclude, excluded=True),) if exclude else ()
    return replace(READER, topics=topics, **wishes)


def selected(topic: str, paper_: Paper) -> bool:
    return bool(Selector(edition(paper_), [topic]).select(asking(topic)).entries)


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("in-context", "Learning In Context"),
        ("in context", "In-Context Learning"),
        ("pre training", "Pretraining Revisited"),
        ("pretraining", "Pre-training Revisited"),
        ("multi modal", "A Multimodal Model"),
        ("world model", "World Models"),
        ("caches", "A Cache for Keys"),
        ("policies", "A Policy"),
        ("knowledge base", "Knowledge Bases"),
        ("diagnosis", "Diagnoses of Models"),
        ("virus", "Viruses"),
        ("A100 GPU", "A100 GPUs"),
        ("web APIs", "A Web API"),
        ("mobile gui", "Mobile GUIs"),
        ("Soren Dordevic", "S\u00f8ren \u0110or\u0111evi\u0107"),
        ("Yildirim", "Y\u0131ld\u0131r\u0131m"),
        ("RL", "Deep RL"),
        ("RL", "RL-based Agents"),
        ("LLM", "LLMs Everywhere"),
        ("LLMs", "An LLM"),
        ("MMLLMs", "An MMLLM"),
        ('"LLM"', "An LLM-based Agent"),
        ("R&D", "Automating R&D"),
        ("C++", "Translating C++ to Rust"),
        ("\u03c4-bench", "\u03c4-Bench: Tools"),
        ("\u03c4-bench", r"$\tau$-Bench: Tools"),
        ("GPT-4o", "GPT4o Speaks"),
        ("audio LLM", "Audio-LLMs Speak"),
        ("RL vs SFT", "RL vs. SFT"),
        ('"attention, please"', "Attention, Please: a Study"),
        ("world model 2.0 release", "World Model 2.0 Release"),
        ("$1 Million", "Can Models Earn $1 Million?"),
        ("\U0001f917", "\U0001f917 Papers"),
        ("naive bayes", "Na\u00efve Bayes"),
        ('"in-context"', "Learning in context"),
        ("title:world", "World Models"),
        ("\u4e16\u754c", "\u65b0\u4e16\u754c\u6a21\u578b"),
    ],
)
def test_a_topic_selects_what_its_writer_meant(topic: str, title: str) -> None:
    assert selected(topic, paper(title))


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("RL", "World Models"),  # not within a word
        ("RL", "rl in small letters"),
        ("SAM", "Sam the Agent"),
        ('"LLMs"', "An LLM"),  # quotes: no plural folded
        ('"LLM"', "LLMs Everywhere"),
        ('"LLM"', "An llm in small letters"),
        ('"world model"', "World Models"),  # quotes: no stemming
        ("C++", "C for Robots"),
        ("$1 Million", "1 Million Tokens"),
        ("learning", "Learned Images"),  # plurals alone are stemmed
        ("form", "Platform Games"),
        ("abs:world", "World Models"),
        ("audio LLM", "AudioLLM Speaks"),  # an acronym is a word of its own
        ("video generation", "Of Video, Generation and Sound"),
        ("world model", "Hello, World. Models Speak"),
        ("RL agent", "Learning (RL). Agents Speak"),
        ("AI agent", "The Age of AI. Agents Speak"),
        ("world model", "\u201cHello World.\u201d Models Speak"),
        ("world model", "A World\u3002Models Speak"),
        ("news", "A New Model"),
        ("basis", "A Base Model"),
        ('"attention please"', "Attention, Please"),
    ],
)
def test_a_topic_leaves_out_what_its_writer_did_not_mean(topic: str, title: str) -> None:
    assert not selected(topic, paper(title))


def test_a_phrase_never_spans_title_and_abstract() -> None:
    assert not selected("world model", paper("A World", "Model of it."))


def test_an_exclusion_looks_in_the_title_alone() -> None:
    surveyed = paper("Agents", "A survey mentions this.")
    assert selected("agents -survey", surveyed)
    assert not selected("agents -abs:survey", surveyed)
    assert not selected("agents -abs:survey", paper("Agents: A Survey"))


def test_fields_and_conditions() -> None:
    full = paper(
        "Agents",
        authors=("Yann LeCun", "Ada Lovelace"),
        organization="Google DeepMind",
        categories=("cs.CL",),
        keywords=("tool use",),
        sources=("arxiv",),
        upvotes=20,
        links=(Link(LinkKind.CODE, "https://example.org"),),
    )
    for topic in (
        "author:LeCun",
        'author:"Y. LeCun"',
        "org:DeepMind",
        "cat:cs.*",
        "cat:cs",
        "keyword:tool",
        "source:arxiv",
        "upvotes>=20 authors<=3 has:code",
    ):
        assert selected(topic, full), topic
    for topic in ("author:Lecunn", "org:Mind", "cat:cs.C", "upvotes>20", "has:project"):
        assert not selected(topic, full), topic


def test_an_unknown_number_of_votes_satisfies_no_condition() -> None:
    assert not selected("upvotes>=0", paper("Agents"))
    assert not selected("upvotes<5", paper("Agents"))


def test_a_reader_without_topics_gets_the_ten_most_voted() -> None:
    papers = [paper(f"Paper {n}", upvotes=n) for n in range(15)]
    entries = Selector(edition(*papers), []).select(READER).entries
    assert [entry.paper.upvotes for entry in entries] == list(range(14, 4, -1))
    assert {entry.tier for entry in entries} == {Tier.TRENDING}
    assert {entry.reason.rule for entry in entries} == {Rule.VOTES}


def test_a_reason_names_the_phrase_and_where_it_stands() -> None:
    topic = "reinforcement learning OR RL"
    found = paper("In-Context Reinforcement Learning", "RL in context.")
    (entry,) = Selector(edition(found), [topic]).select(asking(topic)).entries
    assert entry.reason.phrase == "reinforcement learning"
    assert entry.reason.field == "title"


def test_every_topic_gets_its_share_under_its_heading() -> None:
    papers = [paper(f"Agent {n}") for n in range(9)] + [paper("Robot"), paper("Music")]
    reader = asking("agent", "robot", "music", max_papers=4)
    entries = Selector(edition(*papers), [t.text for t in reader.topics]).select(reader).entries
    assert [entry.topic for entry in entries] == ["agent", "agent", "robot", "music"]


def test_one_topic_needs_no_heading() -> None:
    (entry,) = Selector(edition(paper("Agents")), ["agent"]).select(asking("agent")).entries
    assert entry.topic == ""


def test_an_excluding_topic_governs_all_others() -> None:
    reader = asking("agent", "robot", exclude="survey")
    papers = (paper("Agents: A Survey"), paper("Robot Surveys"), paper("A Robot Agent"))
    digest = Selector(edition(*papers), []).select(reader)
    assert [entry.paper.title for entry in digest.entries] == ["A Robot Agent"]


def test_what_the_reader_had_is_left_out() -> None:
    old, new = paper("Old Agent"), paper("New Agent")
    digest = Selector(edition(old, new), ["agent"]).select(
        asking("agent"), had=frozenset({old.key})
    )
    assert [entry.paper for entry in digest.entries] == [new]


def test_a_resting_topic_selects_nothing() -> None:
    resting = replace(READER, topics=(Topic(text="agent", muted_until=date(2026, 9, 1)),))
    selector = Selector(edition(paper("Agent", upvotes=3)), ["agent"])
    assert not selector.select(resting, today=DAY).entries
    assert selector.select(resting, today=date(2026, 9, 1)).entries


def test_a_topic_that_no_longer_parses_does_not_stop_the_others() -> None:
    reader = asking("agent", "titel:robot")
    selector = Selector(edition(paper("Agent")), [topic.text for topic in reader.topics])
    assert len(selector.select(reader).entries) == 1
    assert list(selector.broken) == ["titel:robot"]


def test_nothing_matched_is_an_empty_digest() -> None:
    digest = Selector(edition(paper("Agent", upvotes=1)), ["robot"]).select(asking("robot"))
    assert digest.entries == ()
    assert digest.also == ()
    assert digest.considered == 1


def test_nothing_matched_can_be_the_top_three() -> None:
    papers = [paper(f"Agent {n}", upvotes=n) for n in range(5)]
    reader = asking("robot", when_nothing=WhenNothing.TOP)
    entries = Selector(edition(*papers), ["robot"]).select(reader).entries
    assert [entry.paper.upvotes for entry in entries] == [4, 3, 2]


def test_the_most_voted_that_were_not_chosen_stand_at_the_end() -> None:
    papers = [paper(f"Agent {n}", upvotes=n) for n in range(5)] + [paper("Robot", upvotes=9)]
    reader = asking("robot", exclude='"Agent 4"')
    digest = Selector(edition(*papers), ["robot"]).select(reader)
    assert [p.upvotes for p in digest.also] == [3, 2, 1]
    assert not Selector(edition(*papers), []).select(replace(reader, also_trending=False)).also


def test_a_returned_paper_says_what_brought_it_back() -> None:
    back = paper("Agent")
    selector = Selector(edition(back, returns=((back.key, "its code is out"),)), ["agent"])
    assert selector.select(asking("agent")).entries[0].returned == "its code is out"


def test_explain_names_the_rule_for_every_paper() -> None:
    papers = (
        paper("Agent One", upvotes=5),
        paper("Agent Two", upvotes=1),
        paper("Agent Survey"),
        paper("Agent Had"),
        paper("Robot", upvotes=7),
        paper("Music"),
    )
    reader = asking("agent", exclude="survey", max_papers=1)
    verdicts = Selector(edition(*papers), ["agent"]).explain(
        reader, had=frozenset({"title:Agent Had"})
    )
    assert [v.paper for v in verdicts] == list(papers)
    assert [v.why for v in verdicts] == [
        Why.CHOSEN,
        Why.ALSO,
        Why.VETOED,
        Why.HAD,
        Why.ALSO,
        Why.NO_MATCH,
    ]
    assert verdicts[2].topic == "survey"


SUBJECTS = (
    *(("Robot arms", "grasping by robot arms"), ("Speech codecs", "audio tokens")),
    *(("Vision", "images and pixels"), ("Proofs", "theorems"), ("Code", "programs and tests")),
    *(("Video", "frames and motion"), ("Search", "queries"), ("Memory", "caches")),
    *(("Poems", "rhymes"), ("Maps", "roads and streets"), ("Proteins", "folds")),
)
BACKGROUND = Background(
    tuple(
        paper(f"{title} {n}", f"We study {about}.")
        for n in range(20)
        for title, about in SUBJECTS[n > 5 :]  # six are about robots
    )
)


def test_likes_order_what_a_topic_matches() -> None:
    papers = (paper("A model", "audio tokens"), paper("The model", "grasping robot arms"))
    liked = Likes(tuple(paper(f"Liked {n}", "grasping with robot arms") for n in range(3)))
    selector = Selector(edition(*papers), ["model"], background=BACKGROUND)
    plain, learnt = (selector.select(asking("model"), likes=likes) for likes in (None, liked))
    assert learnt.entries[0].paper is papers[1]
    assert {e.paper.key for e in plain.entries} == {e.paper.key for e in learnt.entries}


def test_each_topic_takes_part_in_the_order_of_its_papers_beside_the_likes() -> None:
    papers = (paper("The model", "frames, motion"), paper("A model", "programs, tests"))
    liked = Likes(tuple(paper(f"{n}", "frames, motion, programs, tests") for n in range(3)))
    video, code = "motion OR model", "tests OR model"
    selector = Selector(edition(*papers), [video, code], background=BACKGROUND)
    first = [selector.select(asking(t), likes=liked).entries[0].paper for t in (video, code)]
    assert first == list(papers)


class Letters:
    """Embeds a text as how often each letter stands in it."""

    name = "letters"

    def embed(self, texts: Sequence[str]) -> Vectors:
        counts = [[text.count(letter) for letter in "abcdefghijklmnopqrst"] for text in texts]
        return unit(np.array(counts, dtype=np.float32).reshape(len(texts), 20))


@pytest.mark.parametrize("embedder", [None, Letters()])
def test_older_papers_say_which_words_of_likes_are_common(
    monkeypatch: pytest.MonkeyPatch, embedder: Letters | None
) -> None:
    for module in ("background", "taste"):
        monkeypatch.setattr(f"digest.selection.{module}.WINDOW", len(BACKGROUND.papers))
    older = tuple(paper(f"Old {n}", "a lattice of knots") for n in range(200))
    knots, gears = paper("A model", "many knots"), paper("The model", "many gears")
    liked = Likes(tuple(paper(f"Liked {n}", "knots, gears") for n in range(3)))

    def scores(background: Background) -> list[float]:
        selector = Selector(
            edition(knots, gears), ["model"], background=background, embedder=embedder
        )
        asked, taste = selector.evaluation.asked["model"], selector.evaluation.taste(liked)
        return list(selector.evaluation.scores(asked, taste))

    short, long = scores(BACKGROUND), scores(Background((*older, *BACKGROUND.papers)))
    assert long[1] - long[0] > short[1] - short[0] + 1


def test_two_likes_are_too_few_to_learn_from() -> None:
    papers = (paper("A model", "audio tokens"), paper("The model", "grasping robot arms"))
    liked = Likes(tuple(paper(f"Liked {n}", "grasping with robot arms") for n in range(2)))
    selector = Selector(edition(*papers), ["model"], background=BACKGROUND)
    assert selector.select(asking("model"), likes=liked) == selector.select(asking("model"))


def test_a_near_paper_is_shown_only_to_who_wants_it_and_says_why() -> None:
    robot = paper("Grasping with arms", "robot grasping arms grasping")
    selector = Selector(edition(robot), ["robot arms"], background=BACKGROUND)
    assert not selector.select(asking("robot arms")).entries
    (entry,) = selector.select(asking("robot arms", near=True)).entries
    assert entry.tier is Tier.NEAR
    assert entry.reason.rule is Rule.NEAR
    assert "grasping" in " ".join(entry.reason.others)


def test_scores_depend_on_earlier_papers_alone() -> None:
    first, second = paper("Robot arms one"), paper("Audio tokens of robot arms")
    alone = Selector(edition(first), ["robot arms"], background=BACKGROUND)
    together = Selector(edition(first, second), ["robot arms"], background=BACKGROUND)
    reader = asking("robot arms")
    score = alone.select(reader).entries[0].score
    again = {e.paper.key: e.score for e in together.select(reader).entries}[first.key]
    assert again == pytest.approx(score)
