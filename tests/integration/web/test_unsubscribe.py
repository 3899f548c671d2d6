"""Leaving, by one click or on the page."""

from __future__ import annotations

from urllib.parse import unquote

import httpx
import pytest

from digest.app import make_app
from digest.delivery import Effect, Kind, Notice, read
from digest.keys import rotate_links
from digest.links import mailto_unsubscribe
from digest.model import Edition
from digest.rendering import to_email
from digest.returnpath import message_name
from digest.web import make_site
from digest.web.server import serving
from subscribers.leaving import Departures
from subscribers.leaving import Reason as LeavingReason
from subscribers.model import Consent, Subscriber
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import open_page, submit


@pytest.fixture
def link(installation: Installation, reader: Subscriber) -> str:
    return installation.path(installation.links.unsubscribe(reader.id))


def _status(installation: Installation, reader: Subscriber) -> str:
    return installation.subscribers.by_id(reader.id).status


def test_opening_the_link_changes_nothing(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    assert "Stop the digest?" in open_page(web, link).text
    assert web.head(link).status_code == 200
    assert _status(installation, reader) == "confirmed"
    assert len(installation.subscribers.history(reader.id)) == 1


@pytest.mark.parametrize("how", ["data", "files"])
def test_one_click_is_answered_at_once_whoever_posts_it(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str, how: str
) -> None:
    fields = {"List-Unsubscribe": "One-Click"}
    body = {"files": {name: (None, value) for name, value in fields.items()}}
    sent = body if how == "files" else {"data": fields}
    answer = web.post(link, headers={"Origin": "https://mail.example.com"}, **sent)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert _status(installation, reader) == "unsubscribed"
    assert installation.subscribers.history(reader.id)[-1].source == "one-click"


def test_the_button_ends_the_subscription(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    page = submit(web, open_page(web, link))
    assert "You are unsubscribed" in page.text
    assert _status(installation, reader) == "unsubscribed"


def test_who_leaves_on_the_page_is_told_goodbye_once_and_gets_nothing_more(
    installation: Installation, web: httpx.Client, link: str, edition: Edition
) -> None:
    installation.app.publisher.prepare(edition.date)
    submit(web, open_page(web, link))
    submit(web, open_page(web, link), 0, press="undo")
    submit(web, open_page(web, link))
    claimed = installation.app.outbox.claim("worker", 10, installation.at)
    assert [letter.kind for letter in claimed.deliveries] == ["goodbye"]
    mail = to_email(installation.app.publisher.render(claimed.deliveries[0]))
    assert mail["Subject"] == "You are unsubscribed from Paper Digest"
    assert "List-Unsubscribe" not in mail


def test_the_one_click_of_a_mail_program_causes_no_mail(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    web.post(link, data={"List-Unsubscribe": "One-Click"})
    assert _status(installation, reader) == "unsubscribed"
    assert installation.letters == []


def _leaving_reply(installation: Installation, reader: Subscriber) -> Notice:
    """A reply that says unsubscribe, to a digest that was planned."""
    row = installation.letters[-1]
    facts = (row.kind, row.occasion, row.recipient)
    name = message_name(installation.ring, reader.id, *facts, key_id=row.key_id)
    return Notice(kind=Kind.UNSUBSCRIBE, references=(f"<{name}@x.example>",), sender=reader.email)


def test_who_leaves_by_a_reply_is_told_goodbye_as_on_the_page(
    installation: Installation, reader: Subscriber, edition: Edition
) -> None:
    installation.app.publisher.prepare(edition.date)
    reply = _leaving_reply(installation, reader)
    for _ in range(2):
        assert installation.app.judge.returned(reply, installation.at) is Effect.UNSUBSCRIBED
    claimed = installation.app.outbox.claim("worker", 10, installation.at)
    assert [letter.kind for letter in claimed.deliveries] == ["goodbye"]


def test_the_mail_that_a_mail_programs_button_writes_causes_none(
    installation: Installation, reader: Subscriber
) -> None:
    link = mailto_unsubscribe("digest@example.org", installation.ring, reader.id)
    subject = unquote(link.partition("?subject=")[2])
    mail = f"From: reader@example.org\r\nSubject: {subject}\r\n\r\n".encode()
    assert installation.app.judge.returned(read(mail), installation.at) is Effect.UNSUBSCRIBED
    assert _status(installation, reader) == "unsubscribed"
    assert installation.letters == []


def test_one_topic_can_be_stopped_alone_and_taken_back(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    stopped = submit(web, open_page(web, link), scope="0")
    assert "agent harness" in stopped.text
    paused = [topic.paused for topic in installation.subscribers.by_id(reader.id).topics]
    assert paused == [True, False]
    submit(web, stopped, undo="yes")
    assert not any(topic.paused for topic in installation.subscribers.by_id(reader.id).topics)
    assert _status(installation, reader) == "confirmed"


def test_leaving_can_be_taken_back_for_a_day(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    left = submit(web, open_page(web, link))
    submit(web, left, undo="yes")
    assert _status(installation, reader) == "confirmed"
    assert installation.subscribers.history(reader.id)[-1].action == "restore"


def test_after_a_day_nothing_is_left_to_take_back(
    installation: Installation, web: httpx.Client, link: str
) -> None:
    submit(web, open_page(web, link))
    installation.later(hours=25)
    page = open_page(web, link)
    assert "You are unsubscribed" in page.text
    assert page.forms == []


def test_a_paused_reader_who_comes_back_is_paused_still(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    given = Consent(action="pause", at=installation.at, source="web")
    installation.subscribers.change(reader.id, given)
    submit(web, submit(web, open_page(web, link)), undo="yes")
    assert _status(installation, reader) == "paused"


def test_a_reason_is_kept_without_the_reader(
    installation: Installation, web: httpx.Client, link: str
) -> None:
    left = submit(web, open_page(web, link))
    thanks = submit(web, left, 1, reason="too-many", note="Ten a week are enough.")
    assert "Thank you" in thanks.text
    ((_, reason, note),) = Departures(installation.engine).reasons()
    assert (reason, note) == (LeavingReason.TOO_MANY, "Ten a week are enough.")


def test_it_works_after_the_keys_were_rotated_and_a_second_time(
    installation: Installation, reader: Subscriber, link: str
) -> None:
    rotate_links(installation.app.settings.keys)
    rotated = make_app(installation.app.settings, clock=installation.app.now)
    assert rotated.ring.current != installation.ring.current
    with serving(make_site(rotated)) as address:
        for _ in range(2):
            answer = httpx.post(address + link, data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
    rotated.close()
    assert _status(installation, reader) == "unsubscribed"


def test_a_reader_who_was_erased_is_told_that_nothing_comes(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    installation.subscribers.remove(reader.id, installation.at)
    assert "You are unsubscribed" in open_page(web, link).text
    assert web.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_a_form_from_elsewhere_stops_nothing(
    installation: Installation, reader: Subscriber, web: httpx.Client, link: str
) -> None:
    for forged in ({}, {"form": "x"}, {"form": "", "scope": "everything"}):
        assert web.post(link, data=forged).status_code == 403
    page = open_page(web, link)
    installation.later(hours=13)
    assert submit(web, page).response.status_code == 403
    assert _status(installation, reader) == "confirmed"


def test_a_link_that_is_not_ours_is_answered_in_words(web: httpx.Client) -> None:
    answer = web.get("/u/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    assert answer.status_code == 404
    assert "not one of ours" in answer.text
