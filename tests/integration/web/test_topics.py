"""Topics on the preferences page: rewritten in place, tried there, rested and removed."""

from __future__ import annotations

import re

import httpx
import pytest

from digest.model import Edition
from subscribers.model import Subscriber, Topic
from subscribers.topics import answered
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import Page, open_page, submit

SEVERAL = "RL\nreinforcement learning"


@pytest.fixture
def link(installation: Installation, reader: Subscriber) -> str:
    return installation.path(installation.links.preferences(reader.id))


def _press(web: httpx.Client, link: str, button: str, **fields: str) -> Page:
    return submit(web, open_page(web, link), do=button, **fields)


def _texts(installation: Installation, reader: Subscriber) -> list[str]:
    return [topic.text for topic in installation.subscribers.by_id(reader.id).topics]


def test_a_topic_is_rewritten_in_its_place_and_keeps_its_state(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client, link: str
) -> None:
    _press(web, link, "pause", topic="agent harness")
    page = _press(web, link, "rewrite", was="agent harness", topic=" harness engineering ")
    assert "Changed. It would have sent" in page.text
    assert edition.papers
    first, second = installation.subscribers.by_id(reader.id).topics
    assert first == Topic(text="harness engineering", paused=True)
    assert second.text == SEVERAL


def test_the_lines_of_a_rewritten_topic_are_alternatives(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    _press(web, link, "rewrite", was=SEVERAL, topic="RL\r\n\r\npolicy optimisation")
    assert _texts(installation, reader) == ["agent harness", "RL\npolicy optimisation"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("RL\n(agent", "Topic, line 2"),
        (" ", "A topic needs some words"),
        (SEVERAL, "You have this topic already"),
    ],
)
def test_what_is_wrong_is_said_in_the_topics_own_form(
    installation: Installation,
    reader: Subscriber,
    web: httpx.Client,
    link: str,
    typed: str,
    said: str,
) -> None:
    page = _press(web, link, "rewrite", was="agent harness", topic=typed)
    assert page.response.status_code == 422
    assert said in page.text
    assert page.response.text.count("<details open>") == 1
    assert page.forms[1]["topic"].split() == typed.split()
    assert _texts(installation, reader) == ["agent harness", SEVERAL]


@pytest.mark.parametrize("button", ["rewrite", "pause", "mute", "remove"])
def test_a_topic_that_is_gone_is_said_to_be(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str, button: str
) -> None:
    page = _press(web, link, button, was="gone", topic="gone")
    assert "There is no such topic any more" in page.text
    assert _texts(installation, reader) == ["agent harness", SEVERAL]


def test_trying_shows_what_would_come_and_saves_nothing(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client, link: str
) -> None:
    for was in ("agent harness", ""):
        page = _press(web, link, "try", was=was, topic="benchmark")
        assert "of the last 1 edition" in page.text
        assert "“benchmark” in the" in page.text
    assert _texts(installation, reader) == ["agent harness", SEVERAL]
    assert edition.papers


def test_an_exclusion_is_tried_beside_the_topics(
    edition: Edition, web: httpx.Client, link: str
) -> None:
    excluded = _press(web, link, "try", topic="agent OR harness OR RL", excluded="on")
    alone = _press(web, link, "try", topic="agent harness OR RL")
    assert _found(excluded) < _found(alone)
    assert edition.papers


def _found(page: Page) -> int:
    match = re.search(r"(\d+) papers? of the last", page.text)
    assert match
    return int(match[1])


def test_what_an_acronym_means_is_asked_and_answered_in_place(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client, link: str
) -> None:
    page = _press(web, link, "add", topic="TTS")
    assert "TTS stands for several things" in page.text
    page = submit(web, page, 5, mean="TTS=text to speech")
    exact = answered("TTS", {"TTS": ["text to speech"]})
    assert page.forms[5]["topic"] == exact
    assert "TTS" in _texts(installation, reader)
    submit(web, page, 5, do="rewrite")
    assert exact in _texts(installation, reader)
    assert edition.papers
