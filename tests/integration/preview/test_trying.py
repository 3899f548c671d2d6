"""“Send me a test”: one message, marked, over the real mail server, without a trace."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import httpx

from digest import sample
from digest.inbox import BackgroundInbox
from subscribers.model import SuppressionReason
from tests.integration.web.pages import Page, open_page
from tests.previews import NOW, SETTINGS, Installation

READER = sample.subscribers()[0].email
ME = "me@example.org"


def try_it(web: httpx.Client, query: str = f"reader={READER}", to: str = ME) -> Page:
    """Fills in the form of the page and follows where it leads."""
    fields = {**open_page(web, f"/?{query}").forms[1], "to": to}
    return Page(web.post("/test", data=fields, follow_redirects=True))


def came(inbox: BackgroundInbox) -> EmailMessage:
    (received,) = inbox.wait_for(1)
    read = message_from_bytes(received.data, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def test_one_message_goes_to_the_address_marked_as_a_test(
    web: httpx.Client, inbox: BackgroundInbox
) -> None:
    page = try_it(web)
    assert f"The test for {ME} was accepted." in page.text
    message = came(inbox)
    assert inbox.messages[0].recipients == (ME,)
    assert message["To"] == ME
    assert message["Subject"].startswith("[Test] 10 papers on ")
    assert message["X-Paper-Digest-Test"] == "yes"


def test_it_is_the_message_of_the_page(web: httpx.Client, inbox: BackgroundInbox) -> None:
    try_it(web, "topics=speech&template=brief")
    shown = message_from_bytes(
        web.get("/message.eml?topics=speech&template=brief").content, policy=default
    )
    assert came(inbox)["Subject"] == f"[Test] {shown['Subject']}"


def test_its_links_are_no_subscribers(
    installation: Installation, web: httpx.Client, inbox: BackgroundInbox
) -> None:
    try_it(web)
    app = installation.open()
    reader = app.subscribers.get(READER)
    links = {app.publisher.render(row).message_id for row in app.outbox.rows()}
    message = came(inbox)
    assert message["Message-ID"] not in links
    own = web.get("/message.eml", params={"reader": READER}).content
    theirs = message_from_bytes(own, policy=default)["List-Unsubscribe"]
    assert message["List-Unsubscribe"] != theirs
    assert reader.email not in message.as_string()
    app.close()


def test_two_tests_are_two_messages(
    installation: Installation, web: httpx.Client, inbox: BackgroundInbox
) -> None:
    try_it(web)
    installation.at = NOW.replace(minute=1)
    try_it(web)
    first, second = inbox.wait_for(2)
    assert dict(first.mail.headers)["Message-ID"] != dict(second.mail.headers)["Message-ID"]


def test_the_ledger_knows_nothing_of_it(installation: Installation, web: httpx.Client) -> None:
    app = installation.open()
    before = app.outbox.counts(), app.outbox.rows()
    try_it(web)
    assert (app.outbox.counts(), app.outbox.rows()) == before
    app.close()


def test_a_notice_can_be_tried_too(web: httpx.Client, inbox: BackgroundInbox) -> None:
    try_it(web, f"reader={READER}&template=goodbye")
    assert came(inbox)["Subject"] == "[Test] You are unsubscribed from Paper Digest"


def test_a_stored_notice_keeps_its_facts_except_its_readers_own_link(
    installation: Installation, web: httpx.Client, inbox: BackgroundInbox
) -> None:
    app = installation.open()
    facts = {"note": "Until we meet again.", "action_url": "https://digest.example.org/e/secret"}
    app.publisher.notify("goodbye", app.subscribers.get(READER), "1", facts)
    number = app.outbox.rows(subscriber_id=app.subscribers.get(READER).id)[-1].id
    app.close()
    try_it(web, f"reader={READER}&edition=delivery:{number}")
    text = came(inbox).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Until we meet again." in text
    assert "secret" not in text


def test_without_the_forms_token_nothing_is_sent(web: httpx.Client, inbox: BackgroundInbox) -> None:
    for token in ("", "guessed", "é"):
        answer = web.post("/test", data={"to": ME, "token": token})
        assert answer.status_code == 403
    assert inbox.messages == ()


def test_a_suppressed_address_gets_no_test_either(
    installation: Installation, web: httpx.Client, inbox: BackgroundInbox
) -> None:
    app = installation.open()
    app.subscribers.suppress(ME, SuppressionReason.COMPLAINT, NOW)
    app.close()
    assert f"{ME} is suppressed (complaint" in try_it(web).text
    assert inbox.messages == ()


def test_an_unreachable_server_is_named(installation: Installation, web: httpx.Client) -> None:
    installation.settle(SETTINGS.format(port=1))
    assert "127.0.0.1:1" in try_it(web).text


def test_a_wrong_address_is_named(web: httpx.Client, inbox: BackgroundInbox) -> None:
    assert "'no address' is not an email address" in try_it(web, to="no address").text
    assert inbox.messages == ()


def test_topics_without_a_named_reader_are_tried_for_a_made_up_one(web: httpx.Client) -> None:
    page = open_page(web, "/?topics=speech&edition=sample")
    assert "To reader@example.org" in page.text
    assert f"To {READER}" in open_page(web, f"/?topics=speech&edition=sample&reader={READER}").text
