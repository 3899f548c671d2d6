from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.statuses import Meaning, meaning


@pytest.mark.parametrize("code", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"])
def test_an_address_that_does_not_exist_is_gone(code: str) -> None:
    assert meaning(code, "") is Meaning.GONE


@pytest.mark.parametrize("code", ["5.2.1", "5.2.2", "4.2.2", "4.4.7", "5.4.4", "5.3.4"])
def test_what_may_pass_is_soft(code: str) -> None:
    assert meaning(code, "user unknown") is Meaning.SOFT


@pytest.mark.parametrize("code", ["5.7.1", "5.7.26", "4.7.0"])
def test_a_refusal_of_the_sender_is_never_the_readers_affair(code: str) -> None:
    assert meaning(code, "550 user unknown") is Meaning.SENDER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("550 User unknown", Meaning.GONE),
        ("550 No such user here", Meaning.GONE),
        ("550 Requested action not taken: mailbox does not exist", Meaning.GONE),
        ("smtp; 550 5.1.1 <a@example.org>: Recipient address rejected", Meaning.GONE),
        ("552 Mailbox full", Meaning.SOFT),
        ("554 user is over quota", Meaning.SOFT),
        ("554 blocked as spam, unknown user or not", Meaning.SENDER),
        ("550 relaying denied", Meaning.SENDER),
        ("550 5.7.1 Message refused", Meaning.SENDER),
        ("550 Sorry", Meaning.SOFT),
        ("", Meaning.SOFT),
    ],
)
def test_without_a_status_the_words_tell(text: str, expected: Meaning) -> None:
    assert meaning("", text) is expected
    assert meaning("5.0.0", text) is expected


@pytest.mark.parametrize(
    ("enhanced", "text"),
    [
        ("", "550 relay not permitted"),  # Exim
        ("5.7.1", "554 Relay access denied"),  # Postfix
        ("5.7.1", "550 Relaying denied. Proper authentication required."),  # Sendmail
        ("5.1.8", "553 Domain of sender address does not exist"),  # Sendmail
        ("", "553 sorry, that domain isn't in my list of allowed rcpthosts"),  # qmail
        ("5.7.1", "550 Unable to relay"),  # Exchange
        ("5.2.252", "554 SendAsDenied; not allowed to send as"),  # Exchange Online
        ("5.1.2", "550 Relay not allowed."),  # Stalwart
        ("", "513 Relaying denied."),  # Courier
        ("", "550 Delivery is not allowed to this address."),  # hMailServer
        ("", "530 SMTP authentication is required."),  # hMailServer
        ("", "553 Relaying disallowed as digest@example.org"),  # Zoho
        ("", "550 not local host example.org, not a gateway"),  # IMail
        ("", "503 This mail server requires authentication when attempting to send"),  # MailEnable
        ("", "554 Email rejected due to security policies"),  # Mimecast
        ("", "554 Message rejected: Email address is not verified."),  # Amazon SES
        ("", "550 The from address does not match a verified Sender Identity."),  # SendGrid
    ],
)
def test_what_servers_say_who_do_not_want_the_sender(enhanced: str, text: str) -> None:
    assert meaning(enhanced, text) is Meaning.SENDER


def test_a_table_of_relayed_readers_is_no_refusal_of_the_sender() -> None:
    text = "550 Recipient address rejected: User unknown in relay recipient table"
    assert meaning("5.1.1", text) is Meaning.GONE
    assert meaning("", text) is Meaning.GONE


@given(text=st.text(max_size=200))
def test_words_never_overrule_a_status(text: str) -> None:
    assert meaning("5.2.2", text) is Meaning.SOFT
    assert meaning("5.7.1", text) is Meaning.SENDER
