"""Reports of complaints, and the letters of persons, which are nothing else."""

from __future__ import annotations

import pytest

from digest.delivery.bounces import Kind, read
from tests.bounces import COPY, Form


@pytest.mark.parametrize("kind", ["abuse", "fraud", "other", "opt-out"])
def test_a_complaint_names_its_reader_where_the_return_path_is_lost(kind: str) -> None:
    text = f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nVersion: 1\n"
    text += "Original-Rcpt-To: <reader@example.org>\n\n--b\nContent-Type: message/rfc822\n"
    form = Form(f"{text}{COPY}\n--b--\n", type="multipart/report; report-type=x; boundary=b")
    notice = read(form.octets)
    assert notice.kind is Kind.COMPLAINT
    assert "reader@example.org" in notice.readers


@pytest.mark.parametrize("kind", ["not-spam", "virus", "auth-failure", "dmarc"])
def test_other_reports_of_feedback_are_no_complaints(kind: str) -> None:
    text = f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\n\n--b--\n"
    form = Form(text, type="multipart/report; report-type=feedback-report; boundary=b")
    assert read(form.octets).kind is not Kind.COMPLAINT


@pytest.mark.parametrize(
    "text",
    [
        "I liked the second paper. Does its address space really exist?\n",
        "Thank you! No action is needed on my account.\n",
        "Could you send me the digest later in the day?\n",
    ],
)
def test_a_persons_letter_is_nothing_else(text: str) -> None:
    form = Form(text, sender="Reader <reader@example.org>", subject="Re: Three papers")
    assert read(form.octets).kind is Kind.OTHER
