"""Whatever comes back, the reader of bounces goes on: no exception, and no time to speak of."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.delivery.bounces import LARGEST, Kind, read
from tests.unit.test_bounces import report

NAMES = ["From", "To", "Subject", "Content-Type", "Content-Transfer-Encoding", "Action", "Status"]
NAMES += ["Auto-Submitted", "Final-Recipient", "Diagnostic-Code", "References", "Feedback-Type"]
NAMES += ["Original-Mail-From", "Return-Path", "Precedence", "MIME-Version", "Message-ID"]
VALUES = [
    b"multipart/report; boundary=b",
    b"multipart/mixed; boundary=",
    b"message/delivery-status",
    b"message/feedback-report",
    b"message/rfc822",
    b"text/rfc822-headers",
    b'text/html; charset="\0"',
    b"text/plain; charset=idna",
    b"text/plain; charset*0*=utf-8''%FF; charset*1=x",
    b"text/plain; charset=undefined",
    b"text/plain; charset=base64",
    b"=?utf-8?b?abcde?= =?x?q?=00?=",
    b"=?idna?q?a?=",
    b"base64",
    b"quoted-printable",
    b"x-uuencode",
    b"failed",
    b"5.1.1",
    b"rfc822; <reader@example.org>",
    b"mailer-daemon@example.org",
    b'"' * 40 + b"@",
    b"(" * 2000,
    b"<" * 200 + b"a@b" + b">" * 200,
    b"=" * 80,
    b"begin 644 x\n\xff\xfe",
    b"\xff\xfe\x00\r",
]
PIECES = st.one_of(
    st.sampled_from([b"--b\r\n", b"--b--\r\n", b"--\r\n", b"\r\n", b"\n", b"550 no such user\r\n"]),
    st.builds(
        lambda name, value: name.encode() + b": " + value + b"\r\n",
        st.sampled_from(NAMES),
        st.one_of(st.sampled_from(VALUES), st.binary(max_size=60)),
    ),
    st.binary(max_size=100),
)


@given(pieces=st.lists(PIECES, max_size=40), heuristics=st.booleans())
@example(pieces=[b"Subject: =?utf-8?b?abcde?=\r\n"], heuristics=True)
@example(pieces=[b"To: " + b"(" * 5000 + b"\r\n"], heuristics=True)
@example(pieces=[b"Content-Type: text/plain; charset=idna\r\n\r\n\xff"], heuristics=True)
@example(pieces=[b'Content-Type: text/plain; charset="a\0"\r\n\r\nx'], heuristics=False)
def test_no_mail_raises(pieces: list[bytes], heuristics: bool) -> None:
    assert read(b"".join(pieces), heuristics=heuristics).kind in Kind


HUGE = {
    "parts": (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"--b\r\n\r\n"),
    "bare returns": (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"\r--b\r\r"),
    "lines of deep parts": (
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(59)
        ),
        b"\r\n",
    ),
    "blanks of a report": (b"Content-Type: message/delivery-status\r\n\r\n", b"\n"),
    "quoted parameters": (b'Content-Type: multipart/mixed; boundary="', b";"),
    "quoted charsets": (b'Content-Type: message/feedback-report; charset="', b";"),
    "punycode": (b"Content-Type: text/plain; charset*0=puny; charset*1=code\r\n\r\n", b"a"),
    "fields": (b"", b"To: a@b\r\n"),
    "folds": (b"Subject: a\r\n", b" b\r\n"),
    "blocks": (b"Content-Type: message/delivery-status\r\n\r\n", b"Action: failed\r\n\r\n"),
    "addresses": (b"To: ", b"a@b,"),
    "comments": (b"To: ", b"("),
    "parameters": (b"Content-Type: text/plain", b"; a=b"),
    "tags": (b"From: mailer-daemon\r\nContent-Type: text/html\r\n\r\n", b"<"),
    "words": (b"From: mailer-daemon\r\n\r\n", b"user "),
    "dashes": (b"From: mailer-daemon\r\n\r\n", b"- - "),
    "blanks": (b"From: mailer-daemon\r\n\r\n", b" \t"),
    "breaks": (b"From: mailer-daemon\r\n\r\n", b"\n "),
    "styles": (b"From: mailer-daemon\r\nContent-Type: text/html\r\n\r\n", b"<style>"),
}


@pytest.mark.parametrize("name", HUGE)
def test_no_mail_takes_long(name: str) -> None:
    head, again = HUGE[name]
    began = time.process_time()
    read(head + again * (2 * LARGEST // len(again)))
    # A hundred times what a report takes; what grows with the square takes minutes.
    assert time.process_time() - began < 5


def test_fields_that_are_encoded_take_no_longer() -> None:
    slow = b'Content-Type: multipart/mixed; boundary="' + b";" * (LARGEST // 2)
    status = b"Content-Type: message/delivery-status\r\n\r\n" + base64.b64encode(slow)
    began = time.process_time()
    read(b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n" + status)
    assert time.process_time() - began < 2


def test_a_return_alone_ends_a_line_of_a_report_too() -> None:
    assert read(report().replace(b"\r\n", b"\r")).kind is Kind.BOUNCE
