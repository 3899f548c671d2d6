"""The forms in which mail systems report, in our own words: what each is, and what it means.

No sentence is a system's own: a rule that only knows one wording finds nothing here.
"""

from __future__ import annotations

import base64

import pytest

from digest.delivery.bounces import Kind, Notice, read
from digest.delivery.statuses import Meaning, meaning
from tests.bounces import COPY, Form


def report(fields: str, *, kind: str = "message/delivery-status") -> Form:
    """A report in parts, with the fields of one recipient."""
    text = f"--b\nContent-Type: text/plain\n\nIt did not work.\n\n--b\nContent-Type: {kind}\n\n"
    text += f"Reporting-MTA: dns; mx.example.net\n\n{fields}\n--b\nContent-Type: message/rfc822\n"
    report_type = "multipart/report; report-type=delivery-status; boundary=b"
    return Form(f"{text}{COPY}\n--b--\n", type=report_type)


def meant(notice: Notice) -> Meaning:
    return meaning(notice.enhanced, notice.text)


FAILED = "Final-Recipient: rfc822; reader@example.org\nAction: failed\n"
REPORTS = {
    "a directory without the name": (
        f"{FAILED}Status: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 the recipient is not there",
        Meaning.GONE,
    ),
    "a generic status, and words": (
        f"{FAILED}Status: 5.0.0\nDiagnostic-Code: smtp; 550 we have no mailbox by that name",
        Meaning.GONE,
    ),
    "a generic status, and a better one in the words": (
        f"{FAILED}Status: 5.0.0\nDiagnostic-Code: smtp; 550-5.1.1 nobody\n  550 5.1.1 of that name",
        Meaning.GONE,
    ),
    "the queue's time is over": (
        f"{FAILED}Status: 4.4.7\nDiagnostic-Code: smtp; 451 the user is unknown for now",
        Meaning.SOFT,
    ),
    "quota": (f"{FAILED}Status: 5.2.2\nDiagnostic-Code: x-unix; no room", Meaning.SOFT),
    "an account that was switched off": (f"{FAILED}Status: 5.2.1", Meaning.SOFT),
    "policy": (f"{FAILED}Status: 5.7.26\nDiagnostic-Code: smtp; 550 unknown user", Meaning.SENDER),
    "no such host": (
        f"{FAILED}Status: 5.1.2\nDiagnostic-Code: dns; NXDOMAIN",
        Meaning.GONE,
    ),
    "no action": ("Final-Recipient: rfc822; reader@example.org\nStatus: 5.1.1", Meaning.GONE),
    "no recipient": ("Action: failed\nStatus: 5.1.1 (no mailbox here)", Meaning.GONE),
    "an action of its own": (
        "Original-Recipient: rfc822;reader@example.org\nAction: bounced\nStatus: 5.1.1",
        Meaning.GONE,
    ),
    "an address that needs UTF-8": (
        "Final-Recipient: utf-8; läser@example.org\nAction: failed\nStatus: 5.1.1",
        Meaning.GONE,
    ),
    "only a passing code": (
        f"{FAILED}Status: 4.0.0\nDiagnostic-Code: smtp; 450 no such user right now",
        Meaning.SOFT,
    ),
}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("heuristics", [True, False])
def test_a_report_says_what_it_means(name: str, heuristics: bool) -> None:
    fields, expected = REPORTS[name]
    notice = read(report(fields).octets, heuristics=heuristics)
    assert (notice.kind, meant(notice)) == (Kind.BOUNCE, expected)
    assert notice.references == ("<name@digest.example>",)


@pytest.mark.parametrize(
    "kind", ["message/global-delivery-status", "message/delivery-status; charset=utf-8"]
)
def test_a_report_under_another_name_is_one(kind: str) -> None:
    assert read(report(f"{FAILED}Status: 5.1.1", kind=kind).octets).enhanced == "5.1.1"


def test_a_report_that_was_encoded_as_a_whole_is_read() -> None:
    fields = f"Reporting-MTA: dns; mx.example.net\n\n{FAILED}Status: 5.1.1\n"
    packed = base64.b64encode(fields.encode()).decode()
    text = (
        f"--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n{packed}"
    )
    form = Form(f"{text}\n--b--\n", type="multipart/report; boundary=b")
    assert read(form.octets, heuristics=False).enhanced == "5.1.1"


@pytest.mark.parametrize(
    "fields",
    [
        "Final-Recipient: rfc822; reader@example.org\nAction: delayed\nStatus: 4.4.1",
        "Final-Recipient: rfc822; reader@example.org\nStatus: 4.4.1",
    ],
)
def test_a_delay_is_no_bounce(fields: str) -> None:
    assert read(report(fields).octets).kind is Kind.DELAY


LETTERS = {
    "a list of failures under a greeting": (
        Form(
            f"Hello, this is a mail program.\nI could not deliver your message."
            f" I have given up.\n\n<reader@example.org>:\n192.0.2.1 refused.\nIt said: 550 "
            f"there is no such user here\n\n--- Below this line is a copy of the message.\n{COPY}",
            subject="failure notice",
        ),
        Meaning.GONE,
    ),
    "an address, and the reason indented": (
        Form(
            "The message could not be delivered to one of its recipients. This is a permanent"
            f" error.\n\n  reader@example.org\n    Unrouteable address\n\n------ This is a copy of "
            f"the message, with all its headers. ------\n{COPY}",
            sender="Mail Delivery System <Mailer-Daemon@mx.example.net>",
            subject="Mail delivery failed: returning message to sender",
        ),
        Meaning.GONE,
    ),
    "a transcript": (
        Form(
            "   ----- These addresses had permanent fatal errors -----\n<reader@example.org>"
            "\n\n   ----- Transcript of session follows -----\n>>> RCPT To:<reader@example.org>\n"
            "<<< 552 the account is over its quota\n",
            subject="Returned mail: see transcript for details",
        ),
        Meaning.SOFT,
    ),
    "a report of a groupware": (
        Form(
            "Your document: Three papers\ncould not be delivered to: reader@example.org\nbecause: "
            "the user reader is not listed in the directory\n",
            sender="Postmaster <postmaster@example.org>",
            subject="DELIVERY FAILURE: the user is not listed",
        ),
        Meaning.GONE,
    ),
    "a page": (
        Form(
            "<html><head><style>td { color: red }</style></head><body><h1>Sorry</h1><p>Your "
            "mail to <b>reader@example.org</b> could not be delivered.</p><p>The address couldn't"
            " be found. <br>550 5.1.1</p></body></html>",
            type="text/html; charset=utf-8",
            subject="Undeliverable: Three papers",
            sender="postmaster@example.org",
        ),
        Meaning.GONE,
    ),
    "a filter before the mailbox": (
        Form(
            "Message rejected. Your mail to reader@example.org looked like spam to our filter.\n",
            sender="Mail Administrator <postmaster@filter.example>",
            subject="Message rejected",
        ),
        Meaning.SENDER,
    ),
    "German": (
        Form(
            "Ihre Nachricht konnte nicht zugestellt werden.\n550 Empfänger unbekannt\n",
            subject="Unzustellbar: Drei Arbeiten",
        ),
        Meaning.GONE,
    ),
    "French": (
        Form(
            "Votre message n'a pas pu être remis.\n554 boîte aux lettres pleine\n",
            subject="Non remis",
        ),
        Meaning.SOFT,
    ),
    "Spanish": (
        Form(
            "No se pudo entregar el mensaje.\n550 el usuario reader no existe aquí\n",
            subject="Mensaje no entregado",
        ),
        Meaning.GONE,
    ),
    "Japanese": (
        Form("配信できませんでした。\n550 宛先のユーザは存在しません\n", subject="配信エラー"),
        Meaning.GONE,
    ),
    "Chinese": (
        Form("您的邮件无法投递。\n550 收件人不存在\n", subject="退信通知"),
        Meaning.GONE,
    ),
}


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("heuristics", [True, False])
def test_a_letter_of_a_machine_says_what_it_means(name: str, heuristics: bool) -> None:
    form, expected = LETTERS[name]
    notice = read(form.octets, heuristics=heuristics)
    assert (notice.kind, meant(notice)) == (Kind.BOUNCE, expected), notice


def test_our_own_words_in_a_returned_copy_say_nothing() -> None:
    text = f"550 there is no such user\n\n--- Original message follows ---\n{COPY}"
    notice = read(Form(text).octets, heuristics=False)
    assert "survey" not in notice.text
    assert meant(notice) is Meaning.GONE


def test_a_copy_that_is_only_quoted_still_names_the_message() -> None:
    notice = read(Form(f"550 there is no such user\n{COPY}").octets)
    assert notice.references == ("<name@digest.example>",)
    assert "digest+token@digest.example" in notice.addressed
    assert notice.readers == ("reader@example.org",)


def test_a_programs_version_is_no_status() -> None:
    form = Form("mailer 4.94.2 on 192.0.2.1: 550 user unknown\n")
    assert read(form.octets, heuristics=False).enhanced == "5.0.0"


@pytest.mark.parametrize(
    ("subject", "extra"),
    [
        ("Automatic reply: Three papers", ""),
        ("Abwesenheitsnotiz", ""),
        ("Réponse automatique : Three papers", ""),
        ("Respuesta automática: Three papers", ""),
        ("自動返信: Three papers", ""),
        ("Re: Three papers [I am on holiday until Monday]", "Auto-Submitted: auto-replied\n"),
        ("Re: Three papers", "X-Auto-Response-Suppress: All\n"),
        ("Re: Three papers", "Precedence: bulk\n"),
        ("Please confirm that you are a person", "Auto-Submitted: auto-generated\n"),
    ],
)
def test_an_answer_of_a_machine_is_ignored(subject: str, extra: str) -> None:
    text = "unsubscribe\nI am away and read mail again on Monday.\n"
    form = Form(text, sender="reader@example.org", subject=subject, extra=extra)
    assert read(form.octets).kind is Kind.AUTO_REPLY
