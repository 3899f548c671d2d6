"""Links and return paths say for whom and for what they are."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import links, returnpath
from digest.links import (
    LONGEST_LIST_URI,
    LONGEST_PUBLIC_URL,
    Links,
    find_unsubscribe,
    mailto_unsubscribe,
    read_unsubscribe,
)
from subscribers.errors import ExpiredToken, InvalidToken
from subscribers.tokens import Keyring, Purpose, check_expiry, verify

RING = Keyring({1: b"k" * 32}, 1)
LINKS = Links("https://papers.example.org", RING)
NOW = datetime(2026, 8, 20, 6, tzinfo=UTC)
SUBSCRIBERS = st.integers(0, 2**32 - 1)


def test_a_feedback_link_names_its_paper() -> None:
    token = LINKS.feedback(5, "arxiv:2608.16590").rpartition("/")[2]
    assert links.read_feedback(RING, token) == (5, "arxiv:2608.16590")


def test_a_web_copy_names_its_message() -> None:
    token = LINKS.web_copy(5, "daily", "2026-08-20").rpartition("/")[2]
    assert links.read_web_copy(RING, token) == (5, "daily", "2026-08-20")


def test_an_unsubscribe_link_is_no_preferences_link() -> None:
    token = LINKS.unsubscribe(5).rpartition("/")[2]
    with pytest.raises(InvalidToken):
        verify(RING, token, Purpose.PREFERENCES)


def test_a_confirmation_ends_after_48_hours() -> None:
    token = LINKS.confirm(5, NOW, "request 1").rpartition("/")[2]
    claim = verify(RING, token, Purpose.CONFIRM)
    assert check_expiry(claim, NOW + timedelta(hours=47)) == b"request 1"
    with pytest.raises(ExpiredToken):
        check_expiry(claim, NOW + timedelta(hours=48))


def test_an_installation_that_no_reader_reaches_has_no_links() -> None:
    hidden = Links("", RING)
    assert hidden.unsubscribe(5) == hidden.feedback(5, "x") == hidden.web_copy(5, "a", "b") == ""


def test_the_longest_public_url_leaves_the_unsubscribe_header_readable() -> None:
    base = "https://" + "h" * (LONGEST_PUBLIC_URL - 8)
    assert len(f"<{Links(base, RING).unsubscribe(2**32 - 1)}>") == LONGEST_LIST_URI


@given(SUBSCRIBERS, st.sampled_from(["digest@papers.example.org", "the-digest@lists.example.org"]))
def test_a_mailto_link_is_short_and_read_again_after_a_rotation(reader: int, sender: str) -> None:
    link = mailto_unsubscribe(sender, RING, reader)
    assert len(f"<{link}>") <= LONGEST_LIST_URI
    token = find_unsubscribe(link.partition("?subject=")[2], [link])
    assert read_unsubscribe(RING.rotate(), token) == reader
    with pytest.raises(InvalidToken):
        read_unsubscribe(Keyring.generate(), token)


def test_where_no_plus_arrives_the_proof_stays_in_the_subject() -> None:
    sender = "the-digest@lists.example.org"
    assert mailto_unsubscribe(sender, RING, 1, plus=False).startswith(f"mailto:{sender}?subject=")


@pytest.mark.parametrize("token", ["", "A" * 27, "a" * 32, "é", "-" * 27])
def test_a_mailto_token_of_another_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        read_unsubscribe(RING, token)


@given(SUBSCRIBERS, st.text(max_size=20), st.booleans())
def test_a_return_path_is_read_again_in_either_case(
    subscriber: int, occasion: str, upper: bool
) -> None:
    token = returnpath.token(RING, subscriber, "daily", occasion)
    address = returnpath.encode("digest@example.org", token)
    read = returnpath.decode(RING, address.upper() if upper else address)
    assert read == returnpath.Returned(subscriber, returnpath.identity("daily", occasion))
    assert len(address.rpartition("@")[0]) <= returnpath.LONGEST_LOCAL_PART


@given(st.binary(max_size=40))
def test_base32_is_that_of_the_standard_library(raw: bytes) -> None:
    assert returnpath.base32(raw) == base64.b32encode(raw).decode().rstrip("=").lower()


def test_a_long_local_part_is_its_own_return_path() -> None:
    sender = "a-very-long-local-part-of-a-sender@example.org"
    assert returnpath.encode(sender, returnpath.token(RING, 1, "daily", "x")) == sender


@pytest.mark.parametrize("address", ["digest@example.org", "digest+ab1@example.org", "", "+é@x"])
def test_an_address_of_another_is_refused(address: str) -> None:
    with pytest.raises(InvalidToken):
        returnpath.decode(RING, address)


def test_an_unsubscribe_token_is_no_return_path() -> None:
    token = LINKS.unsubscribe(5).rpartition("/")[2]
    with pytest.raises(InvalidToken):
        returnpath.read_token(RING, token)
