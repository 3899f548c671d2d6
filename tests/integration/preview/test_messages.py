"""What the preview shows is what is delivered."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import httpx
import pytest

from digest import sample
from digest.model import Message
from digest.rendering.lint import lint
from subscribers.model import Consent
from tests.integration.web.pages import open_page
from tests.previews import NOW, Installation

READERS = [reader.email for reader in sample.subscribers()]


def planned(installation: Installation, email: str) -> bytes:
    """The bytes that `send` delivers for this reader."""
    app = installation.open()
    (row,) = [row for row in app.outbox.rows() if row.recipient == email]
    message = app.publisher.render(row)
    app.close()
    return message.data


@pytest.mark.parametrize("email", READERS)
def test_a_message_is_byte_for_byte_the_planned_one(
    installation: Installation, web: httpx.Client, email: str
) -> None:
    shown = web.get("/message.eml", params={"reader": email})
    assert shown.content == planned(installation, email)


def test_the_planned_time_in_an_address_gives_the_same_bytes_on_another_day(
    installation: Installation, web: httpx.Client
) -> None:
    installation.at = NOW.replace(day=25)
    chosen = {"reader": READERS[0], "at": NOW.isoformat()}
    assert web.get("/message.eml", params=chosen).content == planned(installation, READERS[0])
    del chosen["at"]
    assert web.get("/message.eml", params=chosen).content != planned(installation, READERS[0])


def test_a_weekly_digest_is_byte_for_byte_the_planned_one(
    installation: Installation, web: httpx.Client
) -> None:
    app = installation.open()
    known = app.subscribers.get(READERS[4])
    today = replace(known.schedule, weekday=NOW.weekday())
    weekly = replace(known, id=0, email="new@example.org", schedule=today)
    reader = app.subscribers.add(weekly, Consent(action="add", at=NOW, source="operator"))
    app.settle()
    app.planner.everybody(NOW, [reader.id])
    (row,) = app.outbox.rows(subscriber_id=reader.id)
    assert row.kind == "weekly"
    shown = web.get("/message.eml", params={"reader": reader.email, "template": "weekly"})
    assert shown.content == app.publisher.render(row).data
    app.close()


def test_a_reader_of_a_weekly_digest_is_told_of(web: httpx.Client) -> None:
    page = open_page(web, f"/?reader={READERS[4]}")
    assert "This reader gets a weekly digest" in page.text


@pytest.mark.parametrize("kind", ["confirm", "goodbye"])
def test_a_notice_is_byte_for_byte_the_planned_one(
    installation: Installation, web: httpx.Client, kind: str
) -> None:
    app = installation.open()
    app.publisher.notify(kind, app.subscribers.get(READERS[0]), f"preview {NOW:%Y-%m-%dT%H:%M:%S}")
    (row,) = [row for row in app.outbox.rows() if row.kind == kind]
    shown = web.get("/message.eml", params={"reader": READERS[0], "template": kind})
    assert shown.content == app.publisher.render(row).data
    app.close()


def test_a_welcome_is_byte_for_byte_the_planned_one(
    installation: Installation, web: httpx.Client
) -> None:
    app = installation.open()
    reader = app.subscribers.get(READERS[0])
    app.publisher.welcome(reader, f"preview {NOW:%Y-%m-%dT%H:%M:%S}")
    (row,) = [row for row in app.outbox.rows() if row.kind == "welcome"]
    shown = web.get("/message.eml", params={"reader": READERS[0], "template": "welcome"})
    assert shown.content == app.publisher.render(row).data
    app.close()


def test_the_source_is_shown_as_it_is(installation: Installation, web: httpx.Client) -> None:
    page = open_page(web, f"/?reader={READERS[0]}&view=source")
    lines = planned(installation, READERS[0]).decode().replace("\r\n", "\n")
    assert " ".join(lines.split()) in page.text


def test_another_template_is_what_the_reader_would_get_with_it(web: httpx.Client) -> None:
    page = open_page(web, f"/?reader={READERS[0]}&template=brief&view=headers")
    assert "Template brief" in page.text
    assert ":daily:brief:" in page.text  # the Feedback-ID


def test_typed_topics_take_the_place_of_the_readers_own(web: httpx.Client) -> None:
    page = open_page(web, f"/?reader={READERS[0]}&topics=speech%0Aaudio&view=why")
    assert "“speech”" in page.text
    assert "“agent harness”" not in page.text


def test_why_tells_of_every_paper(web: httpx.Client) -> None:
    page = open_page(web, f"/?reader={READERS[4]}&view=why")  # speech, but no animation
    for paper in sample.edition().papers:
        assert " ".join(paper.title.split()) in page.text
    assert "vetoed Forbidden by “animation”." in page.text
    assert page.text.count("no match No topic matches.") > 20


def test_why_says_when_a_digest_is_full(web: httpx.Client) -> None:
    page = open_page(web, f"/?reader={READERS[5]}&topics=votes+OR+model+OR+agent&view=why")
    assert "but 5 better ones fill the digest." in page.text


def test_nothing_matched_is_said_and_why_is_told(web: httpx.Client) -> None:
    page = open_page(web, f"/?reader={READERS[0]}&topics=xylophone")
    assert "Nothing would be sent: none of the 38 papers matches." in page.text
    assert web.get("/message.eml", params={"topics": "xylophone"}).status_code == 404


def test_without_an_edition_the_sample_is_shown(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = Installation(tmp_path_factory.mktemp("empty"))
    empty.settle("")
    app = empty.open()
    app.set_up()
    app.close()
    with empty.previewed() as address, httpx.Client(base_url=address) as web:
        page = open_page(web, "/?topics=agent")
    assert "edition of 2026-08-21" in page.text
    assert "No edition is archived yet" in page.text


def test_a_reader_who_is_paused_is_said_to_get_nothing(
    installation: Installation, web: httpx.Client
) -> None:
    app = installation.open()
    reader = app.subscribers.get(READERS[0])
    given = app.subscribers.history(reader.id)[0]
    app.subscribers.change(reader.id, type(given)(action="pause", at=NOW, source="operator"))
    app.close()
    page = open_page(web, f"/?reader={READERS[0]}")
    assert f"Nothing would be sent to {READERS[0]}: it is paused." in page.text


def test_the_frame_shows_the_messages_html(web: httpx.Client) -> None:
    frame = web.get("/frame", params={"reader": READERS[0]}).text
    assert "Friday, 21 August" in frame


def test_headers_are_decoded(web: httpx.Client) -> None:
    page = open_page(web, f"/?reader={READERS[0]}&view=headers")
    message = message_from_bytes(
        web.get("/message.eml", params={"reader": READERS[0]}).content, policy=default
    )
    assert message["Subject"] in page.text
    assert "MAIL FROM bounce" in page.text or "MAIL FROM digest" in page.text


def test_the_checks_are_those_of_the_linter(installation: Installation, web: httpx.Client) -> None:
    bad = '<mjml><mj-body><mj-image src="http://a.example/x.png" /></mj-body></mjml>'
    installation.write("daily/body.mjml.j2", bad)
    message = Message("", "", "", web.get("/message.eml").content)
    page = open_page(web, "/?view=checks")
    found = lint(message)
    assert len(found) > 1
    for finding in found:
        assert " ".join(finding.problem.split()) in page.text
        assert " ".join(finding.remedy.split()) in page.text


def test_a_message_without_findings_says_what_was_checked(web: httpx.Client) -> None:
    page = open_page(web, f"/?reader={READERS[0]}&view=checks")
    assert "Checks (" not in page.text
