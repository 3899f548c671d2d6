"""What programs that nobody here wrote say of every template, filled with real papers."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import dkim
import mailparser
import pytest
from jinja2 import Environment

from digest import keys, sample, words
from digest.links import Links
from digest.model import Message
from digest.rendering import mime, views
from digest.rendering.colours import palette
from digest.rendering.fragments import Value
from digest.rendering.heads import Occasion
from digest.rendering.letter import letter_of
from digest.rendering.papers import Detail, paper_fields
from digest.rendering.quoted import decode
from digest.rendering.sentences import sentences
from digest.rendering.shared import Sharing
from digest.rendering.sources import HTML, Sources
from digest.settings import Settings
from tests import emails, judges
from tests.emails import DOMAIN, TEMPLATES
from tests.postfix import Postfix

Messages = Mapping[str, Message]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def messages(folder: Path) -> Messages:
    return emails.every_message(emails.make_renderer(folder, signed=True))


@pytest.fixture(scope="module")
def records(folder: Path) -> dict[str, str]:
    return dict(keys.load_signing_key(folder, name).record(DOMAIN) for name in ("rsa1", "ed1"))


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    server = Postfix()
    yield server
    server.stop()


@pytest.mark.parametrize("name", TEMPLATES)
def test_spamassassin_gives_no_point(messages: Messages, name: str) -> None:
    points, report = judges.spam_score(messages[name].data)
    assert points <= 0, report


@pytest.mark.parametrize("name", TEMPLATES)
def test_dkimpy_accepts_both_signatures(
    messages: Messages, records: dict[str, str], name: str
) -> None:
    for index in (0, 1):
        assert verified(messages[name].data, records, index)


@pytest.mark.parametrize("where", [b"Subject: 1", b"<h1", b"From: "])
def test_dkimpy_refuses_a_changed_byte(
    messages: Messages, records: dict[str, str], where: bytes
) -> None:
    data = messages["daily"].data
    changed = data.replace(where, where[:-1] + b"2", 1)
    assert changed != data
    for index in (0, 1):
        assert not verified(changed, records, index)


@pytest.mark.parametrize("name", ["From", "To", "Subject", "Date"])
def test_a_second_header_breaks_the_signature(
    messages: Messages, records: dict[str, str], name: str
) -> None:
    assert not verified(f"{name}: another\r\n".encode() + messages["daily"].data, records, 0)


def verified(data: bytes, records: Mapping[str, str], index: int) -> bool:
    def lookup(name: bytes, timeout: int = 5) -> bytes:  # noqa: ARG001  # dkimpy passes it
        return records[name.decode().rstrip(".")].encode()

    try:
        return bool(dkim.DKIM(data).verify(idx=index, dnsfunc=lookup))
    except dkim.ValidationError:  # the body, where it is not what was signed
        return False


@pytest.mark.parametrize("name", TEMPLATES)
def test_opendkim_accepts_the_message(
    messages: Messages, records: dict[str, str], name: str, tmp_path: Path
) -> None:
    assert judges.opendkim(messages[name].data, records, tmp_path) == ""


@pytest.mark.parametrize("selector", ["rsa1", "ed1"])
def test_opendkim_refuses_a_changed_byte_under_either_signature(
    messages: Messages, records: dict[str, str], tmp_path: Path, selector: str
) -> None:
    alone = only_signature(messages["daily"].data, selector)
    assert judges.opendkim(alone, records, tmp_path) == ""
    assert judges.opendkim(alone.replace(b"<h1", b"<h2", 1), records, tmp_path) != ""


@pytest.mark.parametrize("selector", ["rsa1", "ed1"])
def test_opendkim_checks_either_signature_against_its_key(
    messages: Messages, records: dict[str, str], folder: Path, tmp_path: Path, selector: str
) -> None:
    algorithm = keys.load_signing_key(folder, selector).algorithm
    other = dict([keys.new_signing_key(tmp_path, selector, algorithm).record(DOMAIN)])
    alone = only_signature(messages["daily"].data, selector)
    assert judges.opendkim(alone, records | other, tmp_path) != ""


def only_signature(data: bytes, selector: str) -> bytes:
    head, _, body = data.partition(b"\r\n\r\n")
    kept = [
        field
        for name, field in emails.fields(head + b"\r\n")
        if name != "DKIM-Signature" or f"s={selector};".encode() in field
    ]
    return b"".join(kept) + b"\r\n" + body


@pytest.mark.postfix
def test_a_strict_postfix_takes_every_message_and_changes_no_byte(
    postfix: Postfix, messages: Messages
) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        for message in messages.values():
            assert client.sendmail(message.sender, [message.recipient], message.data) == {}
    received = postfix.received(len(messages))
    for message in messages.values():
        assert any(mail.endswith(message.data.replace(b"\r\n", b"\n")) for mail in received)


@pytest.mark.postfix
def test_the_strict_postfix_refuses_what_is_not_mime(postfix: Postfix) -> None:
    data = b"Subject: \xc3\xa9\r\nMIME-Version: 1.0\r\n\r\nhello\r\n"
    with smtplib.SMTP("127.0.0.1", postfix.port) as client, pytest.raises(smtplib.SMTPException):
        client.sendmail("digest@example.org", ["reader@example.org"], data)


@pytest.mark.parametrize("name", TEMPLATES)
def test_html_validate_finds_nothing(messages: Messages, name: str, tmp_path: Path) -> None:
    assert judges.html_findings(mime.part(messages[name], "html"), tmp_path) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_mjml_accepts_the_filled_source_in_strict_mode(name: str, tmp_path: Path) -> None:
    assert judges.mjml_strict(filled_source(name), tmp_path) == ""


def filled_source(name: str) -> str:
    """A template's MJML with the sample edition put in, as its author would look at it."""
    language, links = words.load("en"), Links(f"https://{DOMAIN}", emails.RING)
    digest = emails.make_digest(kind=name)
    reader = digest.subscriber
    fields: dict[str, Value] = dict(Sharing(emails.SENDER).of(digest, language).fields)
    fields |= sentences(digest, language)._asdict()
    ways = links.of_message(1, b"daily\n1", ())
    own = views.own(letter_of(digest), emails.AT, language, links, ways[0], ways[1:])
    fields |= zip(views.BLANKS[1:], map(decode, own.html[1:]), strict=True)
    if name not in {"daily", "brief", "weekly", "welcome"}:
        of = Occasion(reader.id, reader.email, name, "1", emails.AT, 1)
        settings = Settings(sender=emails.SENDER)
        fields |= views.notice_fields(of, reader.topics, language, links, settings, {})
    papers = [asdict(paper_fields(e.paper, language, Detail.FULL)) for e in digest.entries]
    late = {"heading": "agents", "reason": "Because", "returned": "", "more_url": "https://a"}
    values = {
        key: value if isinstance(value, str) else decode(value.html)
        for key, value in fields.items()
    }
    source = Sources(None).whole(f"{name}/{HTML}")
    return (
        Environment(autoescape=True)
        .from_string(source)
        .render(
            **values,
            **palette("#b4401c"),
            word=language,
            lang="en",
            dir="ltr",
            start="left",
            end="right",
            entries=[paper | late | {"less_url": "https://b"} for paper in papers],
            also=papers,
        )
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_two_parsers_agree_on_every_header(messages: Messages, name: str) -> None:
    ours = mime.to_email(messages[name])
    theirs = mailparser.parse_from_bytes(messages[name].data)
    assert theirs.defects == []
    for header in set(ours) - {"From", "To", "DKIM-Signature"}:
        other = theirs.headers.get(header, "")
        assert " ".join(str(other).split()) == " ".join(str(ours[header]).split()), header
    assert theirs.from_ == [(a.display_name, a.addr_spec) for a in ours["From"].addresses]
    assert theirs.to == [(a.display_name, a.addr_spec) for a in ours["To"].addresses]


def test_an_address_beyond_ascii_is_named_in_an_empty_group(folder: Path) -> None:
    reader = replace(sample.subscribers()[0], email="läser@exämple.org")
    digest = emails.make_digest(2, subscriber=reader)
    message = emails.make_renderer(folder).render(digest, emails.AT)
    assert message.recipient == "läser@xn--exmple-cua.org"
    assert message.data.isascii()
    assert mime.to_email(message)["To"].addresses == ()
