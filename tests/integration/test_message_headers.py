"""The headers and the envelope of a message, with and without a public address and a key."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from digest import returnpath, sample
from digest.errors import ConfigError, RenderError, SigningKeyError
from digest.links import Links
from digest.model import Message
from digest.rendering import Renderer, mime, to_email
from digest.settings import Sender, Settings, Signing, Smtp
from digest.testing import make_paper
from subscribers.tokens import Keyring
from tests import emails
from tests.emails import AT, DOMAIN, RING


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    return emails.make_renderer(tmp_path_factory.mktemp("headers"))


@pytest.fixture(scope="module")
def message(renderer: Renderer) -> Message:
    return renderer.render(emails.make_digest(), AT)


def test_a_digest_can_be_left_with_one_click(message: Message) -> None:
    read = to_email(message)
    reader = sample.subscribers()[0].id
    way = read["List-Unsubscribe"].strip()  # it is folded before its only word
    assert way == f"<{Links(f'https://{DOMAIN}', RING).unsubscribe(reader)}>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert len(way) <= 76


def test_a_mail_says_what_it_is(message: Message) -> None:
    read = to_email(message)
    assert read["List-Id"] == f'"Paper Digest" <paper-digest.{DOMAIN}>'
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Feedback-ID"] == "2026-08-21:daily:daily:papers.example"
    assert read["Date"] == "Fri, 21 Aug 2026 06:00:00 +0000"


def test_without_a_public_address_a_mail_to_the_sender_is_the_way_out(tmp_path: Path) -> None:
    hidden = emails.make_renderer(tmp_path, public_url="")
    read = to_email(hidden.render(emails.make_digest(2), AT))
    way_out = rf"<mailto:digest@{DOMAIN}\?subject=stop-[A-Za-z0-9_-]{{27}}>"
    assert re.fullmatch(way_out, read["List-Unsubscribe"].strip())
    assert len(read["List-Unsubscribe"].strip()) <= 76
    assert "List-Unsubscribe-Post" not in read
    html, text, _ = hidden.parts(emails.make_digest(2), AT)
    assert f"https://{DOMAIN}" not in html + text
    assert "reply with the word “unsubscribe”" in " ".join(text.split())


def test_the_return_path_names_the_delivery(message: Message) -> None:
    found = returnpath.decode(RING, message.sender)
    reader = sample.subscribers()[0].id
    assert found == returnpath.Returned(reader, returnpath.identity("daily", "2026-08-21"))
    assert message.envelope_id in message.sender


def test_without_verp_the_sender_is_the_return_path(tmp_path: Path) -> None:
    settings = Settings(sender=emails.SENDER, cache=tmp_path, smtp=Smtp(verp=False))
    message = Renderer(settings, RING).render(emails.make_digest(1), AT)
    assert message.sender == emails.SENDER.address
    assert returnpath.read_token(RING, message.envelope_id).identity


def test_the_message_id_is_the_deliverys_own(renderer: Renderer, message: Message) -> None:
    later = renderer.render(emails.make_digest(), AT + timedelta(days=1))
    assert later.message_id == message.message_id
    assert message.message_id.endswith(f"@{DOMAIN}>")
    other = replace(emails.make_digest(), occasion="2026-08-22")
    assert renderer.render(other, AT).message_id != message.message_id


def test_a_rotated_key_renders_an_old_message_again(tmp_path: Path, message: Message) -> None:
    settings = Settings(sender=emails.SENDER, cache=tmp_path)
    rotated = Renderer(settings, RING.rotate())
    assert rotated.render(emails.make_digest(), AT, key_id=1) == message
    assert rotated.render(emails.make_digest(), AT) != message


def test_a_key_that_is_gone_is_told(renderer: Renderer) -> None:
    with pytest.raises(RenderError, match=r"the link key 7 is not in links\.json"):
        renderer.render(emails.make_digest(1), AT, key_id=7)


def test_a_time_elsewhere_is_the_same_instant(renderer: Renderer, message: Message) -> None:
    berlin = AT.astimezone(timezone(timedelta(hours=2)))
    assert renderer.render(emails.make_digest(), berlin) == message


@pytest.mark.parametrize(
    "title",
    [
        "=?UTF-8?Q?=0A?=Bcc: x@example.org",
        "A title\r\nBcc: x@example.org",
        "Ünïcode " * 40,
        "x" * 500,
        "読者のための論文 " * 20,
        "a  b\tc \u202e reversed",
    ],
)
def test_a_title_in_the_subject_adds_no_header(renderer: Renderer, title: str) -> None:
    digest = emails.make_digest(1, papers=(make_paper(title=title),))
    labelled = replace(digest, entries=(replace(digest.entries[0], topic=title),))
    message = renderer.render(labelled, AT)
    read = to_email(message)
    assert "Bcc" not in read
    assert len(read.get_all("Subject", [])) == 1
    head = message.data.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 200 for line in head.split(b"\r\n"))


def test_a_name_beyond_ascii_is_encoded_beside_the_address(tmp_path: Path) -> None:
    renderer = emails.make_renderer(tmp_path, name="Größe, täglich")
    message = renderer.render(emails.make_digest(1), AT)
    (sender,) = to_email(message)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Größe, täglich", f"digest@{DOMAIN}")
    assert message.data.isascii()


def test_a_reply_address_is_named(tmp_path: Path) -> None:
    renderer = emails.make_renderer(tmp_path, reply_to="people@example.org")
    assert to_email(renderer.render(emails.make_digest(1), AT))["Reply-To"] == "people@example.org"


def test_a_public_address_that_makes_links_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sender\.public_url.*at most 41 characters"):
        emails.make_renderer(tmp_path, public_url="https://" + "long." * 8 + "example.org")


def test_a_key_that_is_set_and_missing_is_told(tmp_path: Path) -> None:
    settings = Settings(keys=tmp_path, cache=tmp_path, signing=Signing(rsa_selector="gone"))
    with pytest.raises(SigningKeyError, match=r"gone\.pem"):
        Renderer(settings, RING)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (Signing(rsa_selector="ed1"), r"ed1\.pem .* rsa_selector names it, .* key of ed25519"),
        (Signing(ed25519_selector="rsa1"), r"rsa1\.pem .* ed25519_selector names it"),
        (Signing(rsa_selector="rsa1", ed25519_selector="rsa1"), r"rsa1\.pem .* key of rsa"),
    ],
)
def test_a_key_of_another_kind_than_its_setting_says_is_told(
    tmp_path: Path, chosen: Signing, told: str
) -> None:
    emails.make_renderer(tmp_path, signed=True)
    with pytest.raises(SigningKeyError, match=told):
        Renderer(Settings(keys=tmp_path, cache=tmp_path, signing=chosen), RING)


def test_a_notice_is_no_mail_of_the_list(renderer: Renderer) -> None:
    reader = sample.subscribers()[0]
    message = renderer.compose_notice("confirm", reader, AT, occasion="1", facts={}).sign()
    assert "List-Unsubscribe" not in to_email(message)
    assert Links(f"https://{DOMAIN}", RING).confirm(reader.id, AT, "1") in mime.part(
        message, "html"
    )


def test_a_fact_that_is_no_field_is_refused(renderer: Renderer) -> None:
    with pytest.raises(RenderError, match="colour is no fact of a notice"):
        renderer.compose_notice(
            "goodbye", sample.subscribers()[0], AT, occasion="1", facts={"colour": "red"}
        ).sign()


def test_a_digest_over_the_budget_shrinks_at_its_end_and_links_the_whole(
    renderer: Renderer,
) -> None:
    papers = tuple(
        make_paper(number, abstract="A long sentence of a paper. " * 40) for number in range(1, 81)
    )
    digest = emails.make_digest(80, papers=papers)
    html, text, _ = renderer.parts(digest, AT)
    assert len(html.encode()) <= 90_000
    assert "Read it all on the web" in html
    assert "Read it all on the web: https://" in text
    whole, _, _ = renderer.parts(digest, AT, whole=True)
    assert "Read it all on the web" not in whole
    assert whole.count("<h2") == 80


def test_a_sender_that_was_never_set_still_renders(tmp_path: Path) -> None:
    settings = Settings(sender=Sender(), cache=tmp_path)
    message = Renderer(settings, Keyring.generate()).render(
        emails.make_digest(1), datetime(2026, 8, 21, tzinfo=UTC)
    )
    assert message.message_id.endswith("@localhost>")
