from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.bounces import Kind, read


def mail(text: str) -> bytes:
    return textwrap.dedent(text).lstrip().replace("\n", "\r\n").encode()


def written(subject: str, text: str) -> bytes:
    """What a person wrote."""
    return mail(f"""
        From: reader@example.org
        Subject: {subject}

        {text}
        """)


def report(action: str = "failed", status: str = "5.1.1", diagnostic: str = "") -> bytes:
    return mail(f"""
        From: MAILER-DAEMON@mx.example.net
        To: digest+abc@digest.example
        Subject: Undelivered Mail Returned to Sender
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b
        Content-Type: text/plain

        This is the mail system at mx.example.net.

        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.net
        Original-Envelope-Id: token

        Final-Recipient: rfc822; reader@example.org
        Action: {action}
        Status: {status}
        Diagnostic-Code: smtp; {diagnostic}

        --b
        Content-Type: message/rfc822

        Message-ID: <name@digest.example>
        Subject: unsubscribe

        text
        --b--
        """)


def test_a_delivery_report_tells_recipient_status_and_envelope() -> None:
    notice = read(report(diagnostic="550 No such user"), heuristics=False)
    assert notice.kind is Kind.BOUNCE
    assert (notice.failures[0].address, notice.enhanced) == ("reader@example.org", "5.1.1")
    assert (notice.envelope_id, notice.references) == ("token", ("<name@digest.example>",))
    assert notice.addressed == ("digest+abc@digest.example",)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("failed", Kind.BOUNCE),
        ("failed (no such user)", Kind.BOUNCE),
        ("error", Kind.BOUNCE),
        ("delayed", Kind.DELAY),
        ("delivered", Kind.OTHER),
        ("relayed", Kind.OTHER),
    ],
)
def test_the_action_says_what_a_report_is(action: str, kind: Kind) -> None:
    assert read(report(action)).kind is kind


def test_a_status_that_says_nothing_gives_way_to_the_servers_words() -> None:
    assert read(report(status="5.0.0", diagnostic="550 5.7.1 spam")).enhanced == "5.7.1"


def test_a_complaint_is_recognised_with_the_return_path_it_is_about() -> None:
    notice = read(
        mail("""
            From: fbl@provider.example
            To: abuse@digest.example
            Content-Type: multipart/report; report-type=feedback-report; boundary=b

            --b
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            Version: 1
            Original-Mail-From: <digest+abc@digest.example>

            --b
            Content-Type: message/rfc822

            Message-ID: <name@digest.example>

            text
            --b--
            """)
    )
    assert notice.kind is Kind.COMPLAINT
    assert "digest+abc@digest.example" in notice.addressed


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "Precedence: auto_reply", "X-Autoreply: yes"],
)
def test_an_automatic_reply_is_one_whatever_it_says(header: str) -> None:
    data = mail(f"""
        From: reader@example.org
        Subject: Re: unsubscribe
        {header}

        unsubscribe
        """)
    assert read(data).kind is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject",
    [
        "unsubscribe",
        "Re: Unsubscribe",
        "AW: Abmelden",
        "STOP!",
        "Please remove me",
        "désinscription",
    ],
)
def test_a_subject_can_ask_to_leave(subject: str) -> None:
    assert read(written(subject, "Thank you.")).kind is Kind.UNSUBSCRIBE


@pytest.mark.parametrize(
    "line",
    [
        "Please unsubscribe me.",
        "“unsubscribe”",
        "Stop, please!",
        "Could you please remove me from this list? Thanks.",
        "I would like to unsubscribe from these emails",
        "Bitte abmelden, danke",
        "Je voudrais me désabonner, merci.",
        "Cancelar mi suscripción",
        "Hello,\n        \n        unsubscribe",
    ],
)
def test_so_can_the_first_line_that_a_person_wrote(line: str) -> None:
    data = mail(f"""
        From: reader@example.org
        Subject: Re: Five papers
        In-Reply-To: <name@digest.example>

        {line}

        > How to stop: reply with "unsubscribe"
        """)
    assert read(data).kind is Kind.UNSUBSCRIBE


@pytest.mark.parametrize(
    "text",
    [
        "> unsubscribe",
        "I read your survey on how people unsubscribe from newsletters.",
        "Please do not unsubscribe me from anything else, I love the digest and read it daily.",
        "Stop by my office?",
        "Stop! Great paper #3",
        "Please remove me not!",
        "Please don't unsubscribe me",
        "Cancelar la reunion?",
        "Unsubscribe?",
        "Unsubscribe rates of newsletters",
        "Great paper!\n        unsubscribe",
    ],
)
def test_other_mentions_are_no_wish_to_leave(text: str) -> None:
    assert read(written("Re: Five papers", text)).kind is Kind.OTHER


@pytest.mark.parametrize(
    "subject", ["Re: Stop Overthinking LLMs", "Stop Overthinking LLMs", "Re: Stop", "Re: Remove me"]
)
def test_the_subject_of_the_mail_that_is_answered_is_no_wish(subject: str) -> None:
    assert read(written(subject, "A good one, thank you.")).kind is Kind.OTHER


def nested(depth: int) -> bytes:
    lines = ["From: x@example.org", "To: digest+abc@digest.example"]
    for level in range(depth):
        lines += [f"Content-Type: multipart/mixed; boundary=b{level}", "", f"--b{level}"]
    return "\r\n".join([*lines, "", "unsubscribe"]).encode()


@pytest.mark.parametrize("depth", [100, 5000])
def test_nesting_does_not_stop_the_reader(depth: int) -> None:
    assert read(nested(depth)).kind is Kind.OTHER


def test_size_does_not_stop_the_reader() -> None:
    assert read(report() + b"x" * 30_000_000).kind is Kind.BOUNCE


@given(data=st.binary(max_size=2000))
def test_noise_does_not_stop_the_reader(data: bytes) -> None:
    read(data)


@given(cut=st.integers(0, 700), junk=st.binary(max_size=40))
def test_a_broken_report_does_not_stop_the_reader(cut: int, junk: bytes) -> None:
    whole = report()
    read(whole[:cut] + junk + whole[cut:])
