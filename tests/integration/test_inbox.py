"""The inbox over real SMTP and HTTP."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage

import aiosmtplib
import httpx
import pytest

from digest.errors import AddressTaken
from digest.inbox import BackgroundInbox, Inbox, inbox_in_background
from digest.pages import style_url, stylesheet

ENVELOPE = ("bounce+1@example.org", ["reader@example.org"])
HOSTILE = """<!doctype html><html><head><title>x</title></head><body>
<script>fetch('https://evil.example/')</script><img src="https://evil.example/pixel.gif">
<form action="https://evil.example/"><button>Win</button></form>
<a href="https://arxiv.org/abs/2608.16590">Read</a></body></html>"""


@pytest.fixture(scope="module")
def inbox() -> Iterator[BackgroundInbox]:
    with inbox_in_background() as running:
        yield running


@pytest.fixture
async def own_inbox() -> AsyncIterator[Inbox]:
    """An inbox in the test's own loop."""
    inbox = Inbox()
    await inbox.start()
    yield inbox
    await inbox.stop()


def _mail(subject: str = "Four papers", html: str = "<p>Four papers</p>") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"] = subject, "Paper Digest <digest@example.org>"
    mail["To"] = "reader@example.org"
    mail.set_content("Four papers")
    mail.add_alternative(html, subtype="html")
    return mail


def _send(inbox: BackgroundInbox, mail: EmailMessage | bytes) -> str:
    """Send a mail; the path of its page."""
    data = mail if isinstance(mail, bytes) else mail.as_bytes()
    with smtplib.SMTP("127.0.0.1", inbox.smtp_port) as client:
        client.sendmail(*ENVELOPE, data)
    return f"mail/{inbox.messages[-1].id}"


def _client(inbox: Inbox) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(hostname="127.0.0.1", port=inbox.smtp_port, start_tls=False)


def _get(inbox: BackgroundInbox, path: str = "", **headers: str) -> httpx.Response:
    return httpx.get(inbox.url + path, headers=headers, trust_env=False)


def test_a_mail_is_kept_octet_by_octet_with_its_envelope(inbox: BackgroundInbox) -> None:
    data = b"Subject: dots\r\n\r\n.one\r\n..two\r\n\xc3\xa9\r\n"
    _send(inbox, data)
    received = inbox.messages[-1]
    assert received.data == data
    assert (received.sender, list(received.recipients)) == ENVELOPE


def test_the_server_says_what_it_can(inbox: BackgroundInbox) -> None:
    with smtplib.SMTP("127.0.0.1", inbox.smtp_port) as client:
        client.ehlo()
        assert {"size", "8bitmime", "smtputf8", "pipelining"} <= set(client.esmtp_features)
        assert "auth" not in client.esmtp_features


@pytest.mark.anyio
async def test_many_connections_at_once_lose_nothing(own_inbox: Inbox) -> None:
    async def send(number: int) -> None:
        async with _client(own_inbox) as client:
            for part in range(5):
                await client.sendmail(*ENVELOPE, f"Subject: {number}.{part}\r\n\r\n".encode())

    await asyncio.gather(*(send(number) for number in range(10)))
    messages = await own_inbox.wait_for(50)
    assert len({received.mail.subject for received in messages}) == 50


@pytest.mark.anyio
async def test_pipelined_commands_are_answered_in_turn(own_inbox: Inbox) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", own_inbox.smtp_port)
    one = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
    writer.write(b"EHLO test\r\n" + one)
    await reader.readuntil(b"354 ")
    writer.write(b"Subject: 1\r\n\r\n.\r\n" + one)
    await reader.readuntil(b"354 ")
    writer.write(b"Subject: 2\r\n\r\n.\r\nQUIT\r\n")
    assert (await reader.read()).endswith(b"kept as 2\r\n221 Bye\r\n")
    writer.close()
    await writer.wait_closed()
    assert [received.mail.subject for received in own_inbox.messages] == ["1", "2"]


@pytest.mark.anyio
async def test_an_address_beyond_ascii_is_taken(own_inbox: Inbox) -> None:
    async with _client(own_inbox) as client:
        options = ["SMTPUTF8", "BODY=8BITMIME"]
        to = ["jürgen@example.org"]
        await client.sendmail("a@example.org", to, b"\r\n", mail_options=options)
    assert own_inbox.messages[-1].recipients == ("jürgen@example.org",)


def test_a_mail_beyond_the_offered_size_is_refused(inbox: BackgroundInbox) -> None:
    with smtplib.SMTP("127.0.0.1", inbox.smtp_port) as client:
        client.ehlo()
        size = int(client.esmtp_features["size"]) + 1
        code, _ = client.mail("a@example.org", [f"SIZE={size}"])
    assert code == 552


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_stopping_does_not_wait_for_clients_and_keeps_what_came(loop: str) -> None:
    factory = pytest.importorskip(loop).new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        inbox = runner.run(_stopped_under_a_client())
    assert inbox.messages[-1].mail.subject == "kept"


async def _stopped_under_a_client() -> Inbox:
    inbox = Inbox()
    await inbox.start()
    async with _client(inbox) as client:
        await client.sendmail(*ENVELOPE, b"Subject: kept\r\n\r\n")
        await inbox.stop()
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await client.noop()
    return inbox


@pytest.mark.anyio
async def test_an_inbox_can_be_stopped_twice_and_started_again() -> None:
    inbox = Inbox()
    for _ in range(2):
        await inbox.start()
        await inbox.stop()
        await inbox.stop()


def test_a_taken_port_is_an_error_that_leaves_nothing_open(inbox: BackgroundInbox) -> None:
    with (
        pytest.raises(AddressTaken, match="in use"),
        inbox_in_background(Inbox(http_port=int(inbox.url.rstrip("/").rsplit(":", 1)[1]))),
    ):
        pass


def test_only_this_machine_is_listened_to(inbox: BackgroundInbox) -> None:
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", inbox.smtp_port))


def test_a_foreign_host_name_is_refused(inbox: BackgroundInbox) -> None:
    assert _get(inbox, host="evil.example").status_code == 400
    assert _get(inbox, host="localhost").status_code == 200


def test_the_list_names_each_mail(inbox: BackgroundInbox) -> None:
    path = _send(inbox, _mail(subject="Papers on <agents> & RL"))
    page = _get(inbox).text
    assert f'href="/{path}"' in page
    assert "Papers on &lt;agents&gt; &amp; RL" in page


def test_a_long_list_goes_on_on_another_page() -> None:
    with inbox_in_background() as inbox:
        with smtplib.SMTP("127.0.0.1", inbox.smtp_port) as client:
            for number in range(101):
                client.sendmail(*ENVELOPE, f"Subject: n{number}\r\n\r\n".encode())
        assert 'href="/?before=2"' in _get(inbox).text
        assert ">n0<" in _get(inbox, "?before=2").text


@pytest.mark.parametrize("part", ["html", "plain"])
def test_a_huge_part_is_cut_and_said_to_be(inbox: BackgroundInbox, part: str) -> None:
    body = (b"word " * 19 + b"\r\n") * 11_000
    path = _send(inbox, f"Content-Type: text/{part}\r\n\r\n".encode() + body)
    page = _get(inbox, path)
    assert "Only the beginning is shown" in page.text
    assert len(_get(inbox, path + "/frame").content) < len(body)


@pytest.mark.parametrize("view", ["html", "text", "headers", "source"])
def test_every_view_of_a_mail_is_a_page(inbox: BackgroundInbox, view: str) -> None:
    answer = _get(inbox, f"{_send(inbox, _mail())}/{view}")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


def test_the_download_is_the_mail_itself(inbox: BackgroundInbox) -> None:
    answer = _get(inbox, _send(inbox, _mail()) + ".eml")
    assert answer.content == inbox.messages[-1].data
    assert answer.headers["Content-Type"] == "message/rfc822"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize("path", ["mail/999999", "mail/1x", "mail/1/nothing", "nowhere"])
def test_what_is_not_there_is_said_so(inbox: BackgroundInbox, path: str) -> None:
    answer = _get(inbox, path)
    assert answer.status_code == 404
    assert "Not here" in answer.text


def test_a_mail_is_shown_under_rules_that_let_it_do_nothing(inbox: BackgroundInbox) -> None:
    answer = _get(inbox, _send(inbox, _mail(html=HOSTILE)) + "/frame")
    rules = answer.headers["Content-Security-Policy"].split("; ")
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in rules
    assert {"default-src 'none'", "img-src data:", "form-action 'none'"} <= set(rules)
    assert '<head><base target="_blank">' in answer.text


def test_a_mail_without_a_head_keeps_its_document_type(inbox: BackgroundInbox) -> None:
    answer = _get(inbox, _send(inbox, _mail(html="<!DOCTYPE html><p>Hi")) + "/frame")
    assert answer.text.startswith('<!DOCTYPE html><base target="_blank"><p>Hi')


def test_pages_carry_the_guarding_headers(inbox: BackgroundInbox) -> None:
    headers = _get(inbox).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n",
        b"Date: Thu, 99 Foo 0000\r\nSubject: =?utf-8?b?/w==?=\r\n\r\n",
        b"Content-Type: text/html; charset=x\r\n\r\n<html>" + b"<div>\r\n" * 10_000,
        b"Subject: long\r\n\r\n" + (b"a" * 990 + b"\r\n") * 5_000,
    ],
    ids=["empty", "binary", "no parts", "bad headers", "deep", "5 MB"],
)
def test_a_broken_mail_has_every_page(inbox: BackgroundInbox, data: bytes) -> None:
    path = _send(inbox, data)
    for view in ("", "/html", "/text", "/headers", "/source", "/frame", ".eml"):
        assert _get(inbox, path + view).status_code == 200
    assert _get(inbox).status_code == 200


def test_another_thread_can_wait_for_mails(inbox: BackgroundInbox) -> None:
    _send(inbox, _mail(subject="The last one"))
    messages = inbox.wait_for(len(inbox.messages), timeout=30)
    assert messages[-1].mail.subject == "The last one"


def test_the_style_may_be_kept_because_its_address_changes_with_it(inbox: BackgroundInbox) -> None:
    answer = _get(inbox, style_url().removeprefix("/"))
    assert answer.content == stylesheet()
    assert "immutable" in answer.headers["Cache-Control"]
