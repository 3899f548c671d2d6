"""What was learnt from a reader's likes, word by word, and words taken out of it."""

from __future__ import annotations

import httpx
import pytest

from digest.likes.store import LikeStore
from digest.model import Edition
from subscribers.model import Subscriber
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import Page, open_page, submit


@pytest.fixture
def link(installation: Installation, reader: Subscriber, edition: Edition) -> str:
    """The preferences of a reader who likes what the edition says of agents."""
    store = LikeStore(installation.engine)
    about = [paper for paper in edition.papers if "agent" in paper.title.casefold()]
    for paper in about[:4]:
        store.give(reader.id, paper.key, liked=True, at=installation.at)
    store.give(reader.id, edition.papers[-1].key, liked=False, at=installation.at)
    return installation.path(installation.links.preferences(reader.id))


def _words(page: Page) -> list[str]:
    return [values["word"] for values in page.buttons if "word" in values]


def test_the_heaviest_words_are_shown_and_each_can_be_taken_out(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    page = open_page(web, link)
    assert "These words bring a paper up" in page.text
    word = _words(page)[0]
    page = submit(web, page, -2, do="take-out", word=word)
    assert f"“{word}” counts no more." in page.text
    assert LikeStore(installation.engine).taken_out(reader.id) == [word]
    assert "Taken out" in page.text
    page = submit(web, page, -2, do="put-back", word=word)
    assert "Taken out" not in page.text
    assert word in _words(page)


def test_nothing_is_said_to_be_learnt_of_too_few_likes(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client
) -> None:
    LikeStore(installation.engine).give(
        reader.id, edition.papers[0].key, liked=True, at=installation.at
    )
    page = open_page(web, installation.path(installation.links.preferences(reader.id)))
    assert "Nothing is learnt yet: 2 more likes" in page.text
    assert "What was learnt" not in page.text


def test_words_taken_out_are_exported(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    LikeStore(installation.engine).take_out(reader.id, "agent", installation.at)
    submit(web, open_page(web, link), -1, do="link-export")
    kept = submit(web, open_page(web, installation.mailed_link("export"))).response.json()
    assert kept["words_taken_out"] == ["agent"]
    assert len(kept["likes"]) == 5


def test_a_word_that_was_taken_out_counts_no_more_in_a_digest(
    installation: Installation, reader: Subscriber, edition: Edition, link: str
) -> None:
    def scores() -> list[float]:
        (digest,) = installation.app.publisher.select(edition, [reader])
        return [entry.score for entry in digest.entries]

    before = scores()
    assert link
    LikeStore(installation.engine).take_out(reader.id, "agent", installation.at)
    assert scores() != before
