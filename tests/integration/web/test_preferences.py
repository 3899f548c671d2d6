"""Preferences by the link in a mail, and what a forwarded mail does not hand over."""

from __future__ import annotations

import json
from datetime import date

import httpx
import pytest

from digest.model import Edition
from subscribers.errors import UnknownSubscriber
from subscribers.model import Consent, Subscriber, Topic
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import Page, open_page, submit


@pytest.fixture
def link(installation: Installation, reader: Subscriber) -> str:
    return installation.path(installation.links.preferences(reader.id))


def _press(web: httpx.Client, link: str, button: str, **fields: str) -> Page:
    page = open_page(web, link)
    form = {"form": page.forms[0]["form"], "do": button, **fields}
    return Page(web.post(link, data=form))


def _topics(installation: Installation, reader: Subscriber) -> tuple[Topic, ...]:
    return installation.subscribers.by_id(reader.id).topics


def test_looking_changes_nothing_and_shows_no_address(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    before = installation.subscribers.by_id(reader.id)
    page = open_page(web, link)
    assert "agent harness" in page.text
    assert reader.email not in page.response.text
    assert web.head(link).status_code == 200
    assert installation.subscribers.by_id(reader.id) == before


def test_a_topic_is_added_with_what_it_would_have_sent(
    installation: Installation,
    reader: Subscriber,
    edition: Edition,
    web: httpx.Client,
    link: str,
) -> None:
    assert edition.papers
    page = _press(web, link, "add", topic="speech")
    assert "Added. It would have sent" in page.text
    assert _topics(installation, reader)[-1] == Topic(text="speech")


def test_a_broken_topic_is_shown_with_its_place_and_changes_nothing(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    page = _press(web, link, "add", topic="(RL")
    assert page.response.status_code == 422
    assert "Expected" in page.text
    assert "^" in page.text
    assert len(_topics(installation, reader)) == 2


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("pause", (Topic(text="agent harness", paused=True),)),
        ("mute", (Topic(text="agent harness", muted_until=date(2026, 8, 29)),)),
        ("remove", ()),
    ],
)
def test_each_topic_has_its_buttons(
    installation: Installation,
    reader: Subscriber,
    web: httpx.Client,
    link: str,
    button: str,
    expected: tuple[Topic, ...],
) -> None:
    other = reader.topics[1]
    _press(web, link, button, topic="agent harness")
    assert _topics(installation, reader) == (*expected, other)
    if expected:
        _press(web, link, "resume", topic="agent harness")
        assert _topics(installation, reader) == reader.topics


def test_a_topic_of_several_lines_is_known_again(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    _press(web, link, "remove", topic="RL\r\nreinforcement learning")
    assert [topic.text for topic in _topics(installation, reader)] == ["agent harness"]


def test_when_and_how_are_saved_together(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    fields = {"cadence": "weekly", "weekday": "4", "hour": "7", "timezone": "Asia/Tokyo"}
    rules = {"template": "brief", "max_papers": "5", "near": "on", "when_nothing": "top"}
    page = _press(web, link, "save", **fields, **rules)
    assert "every Friday at 07:00 (Asia/Tokyo)" in page.text
    saved = installation.subscribers.by_id(reader.id)
    assert (saved.template, saved.max_papers, saved.near) == ("brief", 5, True)
    assert (saved.also_trending, saved.when_nothing) == (False, "top")
    assert saved.topics == reader.topics


def test_all_can_be_paused_and_gone_on_with(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    assert "All digests are paused" in _press(web, link, "halt").text
    assert installation.subscribers.by_id(reader.id).status == "paused"
    _press(web, link, "go")
    steps = [(line.action, line.source) for line in installation.subscribers.history(reader.id)]
    assert steps[1:] == [("pause", "web"), ("resume", "web")]


def test_the_address_moves_by_two_mails(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    _press(web, link, "link-address")
    asked = open_page(web, installation.mailed_link("change_address"))
    submit(web, asked, email="new@example.org")
    assert installation.letters[-1].recipient == "new@example.org"
    assert installation.subscribers.by_id(reader.id).email == reader.email
    moved = submit(web, open_page(web, installation.mailed_link("new_address")))
    assert "Moved" in moved.text
    assert installation.subscribers.get("new@example.org").id == reader.id
    assert web.get(asked.response.url).status_code == 410


def test_a_new_address_tells_nothing_of_who_reads(
    installation: Installation, web: httpx.Client, link: str
) -> None:
    other = Subscriber(email="other@example.org")
    given = Consent(action="add", at=installation.at, source="operator")
    installation.subscribers.add(other, given)
    answers = []
    for email in (other.email, "new@example.org"):
        _press(web, link, "link-address")
        asked = open_page(web, installation.mailed_link("change_address"))
        answers.append(submit(web, asked, email=email).response.text.replace(email, "…"))
    assert answers[0] == answers[1]


def test_the_export_holds_everything_and_needs_a_fresh_link(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    _press(web, link, "link-export")
    page = open_page(web, installation.mailed_link("export"))
    kept = json.loads(submit(web, page).response.text)
    assert kept["subscriber"]["email"] == reader.email
    assert kept["consent"][0]["action"] == "add"
    assert kept["deliveries"][0]["kind"] == "export"
    installation.later(hours=1)
    assert web.get(page.response.url).status_code == 410


def test_erasing_leaves_only_a_hash(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    _press(web, link, "link-erase")
    page = open_page(web, installation.mailed_link("erase"))
    assert installation.subscribers.by_id(reader.id) == reader
    assert "Erased" in submit(web, page).text
    with pytest.raises(UnknownSubscriber):
        installation.subscribers.by_id(reader.id)
    suppression = installation.subscribers.suppression(reader.email)
    assert suppression
    assert suppression.reason == "erased"
    assert web.get(link).status_code == 404


def test_a_preferences_link_opens_nothing_that_needs_a_fresh_one(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    token = link.removeprefix("/p/")
    for page in "anxeuc":
        assert web.get(f"/{page}/{token}").status_code == 404
    assert installation.subscribers.by_id(reader.id) == reader


def test_fresh_links_are_sent_only_so_often(
    installation: Installation, web: httpx.Client, link: str
) -> None:
    for _ in range(3):
        _press(web, link, "link-export")
    assert len(installation.letters) == 1
    for _ in range(3):
        installation.later(hours=1)
        _press(web, link, "link-export")
    assert len(installation.letters) == 3


def test_a_form_from_elsewhere_changes_nothing(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    assert web.post(link, data={"do": "halt"}).status_code == 403
    assert installation.subscribers.by_id(reader.id).status == "confirmed"
