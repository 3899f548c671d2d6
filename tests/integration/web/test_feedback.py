"""More like this, less like this."""

from __future__ import annotations

import httpx
import pytest

from digest.likes.store import LikeStore
from digest.model import Edition
from subscribers.model import Subscriber
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import open_page, submit


@pytest.fixture
def link(installation: Installation, reader: Subscriber, edition: Edition) -> str:
    return installation.path(installation.links.feedback(reader.id, edition.papers[0].key))


def _given(installation: Installation, reader: Subscriber) -> list[tuple[str, bool]]:
    given = LikeStore(installation.engine).given(reader.id)
    return [(one.paper, one.liked) for one in given]


def test_opening_the_link_says_nothing_of_the_paper(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client, link: str
) -> None:
    assert edition.papers[0].title in open_page(web, f"{link}/more").text
    assert web.head(f"{link}/less").status_code == 200
    assert _given(installation, reader) == []


def test_the_button_does_and_the_last_word_counts(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client, link: str
) -> None:
    key = edition.papers[0].key
    for wish, liked in (("more", True), ("less", False)):
        submit(web, open_page(web, f"{link}/{wish}"))
        assert _given(installation, reader) == [(key, liked)]


def test_it_can_be_taken_back_there_and_among_the_preferences(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client, link: str
) -> None:
    done = submit(web, open_page(web, f"{link}/more"))
    submit(web, done, undo="yes")
    assert _given(installation, reader) == []
    submit(web, open_page(web, f"{link}/more"))
    preferences = open_page(web, installation.path(installation.links.preferences(reader.id)))
    assert edition.papers[0].title in preferences.text
    form = next(n for n, form in enumerate(preferences.forms) if "paper" in form)
    submit(web, preferences, form, do="forget")
    assert _given(installation, reader) == []


def test_no_other_word_and_no_form_from_elsewhere(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    assert web.get(f"{link}/perhaps").status_code == 404
    assert web.post(f"{link}/more").status_code == 403
    assert _given(installation, reader) == []
