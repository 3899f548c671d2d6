"""The sample edition and its readers are whole, real and in our own words."""

from __future__ import annotations

import re
import unicodedata
from zoneinfo import ZoneInfo

import pytest

from digest import sample
from digest.model import EditionState, LinkKind, Paper, Tier
from digest.selection import Selector
from subscribers.model import SubscriptionStatus

EDITION = sample.edition()
by_paper = pytest.mark.parametrize("paper", EDITION.papers, ids=lambda paper: str(paper.key))


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z0-9])", text)


def test_the_edition_is_settled_and_holds_at_least_thirty_papers_once_each() -> None:
    keys = [paper.key for paper in EDITION.papers]
    assert len(keys) >= 30
    assert len(keys) == len(set(keys))
    assert EDITION.state is EditionState.SETTLED


def test_the_edition_has_votes_from_none_to_many_with_the_most_voted_first() -> None:
    votes = [paper.upvotes or 0 for paper in EDITION.papers]
    assert votes == sorted(votes, reverse=True)
    assert votes[-1] == 0
    assert votes[0] > 100


@by_paper
def test_a_summary_has_two_to_four_sentences(paper: Paper) -> None:
    assert 2 <= len(_sentences(paper.summary)) <= 4
    assert paper.summary.endswith(".")


@by_paper
def test_text_is_plain(paper: Paper) -> None:
    for text in (paper.title, paper.summary, paper.organization, *paper.authors, *paper.keywords):
        assert text == " ".join(text.split())
        assert not re.search(r"\$(?!\d)|[\\<>{}]", text)  # $60 is money
        assert not any(unicodedata.category(letter).startswith("C") for letter in text)


@by_paper
def test_a_paper_can_be_read_and_shipped(paper: Paper) -> None:
    assert re.fullmatch(r"26\d\d\.\d{5}", paper.arxiv_id or "")
    assert paper.link(LinkKind.PAGE) == f"https://arxiv.org/abs/{paper.arxiv_id}"
    assert all(link.url.startswith("https://") for link in paper.links)
    assert paper.abstract == ""  # the authors' text is theirs


@by_paper
def test_a_paper_has_its_facts(paper: Paper) -> None:
    assert 0 < len(paper.authors) <= paper.author_count
    assert paper.published
    assert paper.published <= EDITION.date
    assert (paper.stars is not None) == (paper.link(LinkKind.CODE) is not None)
    assert 2 <= len(paper.keywords) <= 4


def test_six_confirmed_readers_differ_in_what_they_ask_for() -> None:
    readers = sample.subscribers()
    assert len({reader.email for reader in readers}) == 6
    assert len({reader.topics for reader in readers}) == 6
    assert len({reader.schedule for reader in readers}) == 6
    assert {reader.status for reader in readers} == {SubscriptionStatus.CONFIRMED}


def test_one_reader_has_no_topic_and_one_wants_titles_only() -> None:
    readers = sample.subscribers()
    assert sum(not reader.topics for reader in readers) == 1
    assert [reader.template for reader in readers].count("brief") == 1


def test_readers_live_at_possible_addresses_and_in_real_time_zones() -> None:
    for reader in sample.subscribers():
        assert reader.email.endswith("@example.org")
        assert ZoneInfo(reader.schedule.timezone).key == reader.schedule.timezone


def test_each_sample_reader_gets_what_their_topics_promise() -> None:
    readers = sample.subscribers()
    selector = Selector(EDITION, [topic.text for reader in readers for topic in reader.topics])
    got = {reader.email.partition("@")[0]: selector.select(reader).entries for reader in readers}
    counts = {name: len(entries) for name, entries in got.items()}
    assert selector.broken == {}
    assert counts == {
        "agents": 10, "trending": 10, "vision": 10, "theory": 1, "audio": 3, "builder": 5
    }  # fmt: skip
    assert all(entry.tier is Tier.MATCHED for entry in got["builder"])
