from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import ExpiredToken, InvalidToken
from subscribers.tokens import Claim, Keyring, Purpose, check_expiry, expiring, issue, verify

RING = Keyring({1: b"a" * 32}, 1)
NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)


@given(st.sampled_from(Purpose), st.integers(0, 2**32 - 1), st.binary(max_size=40))
def test_a_token_says_what_was_put_in(purpose: Purpose, number: int, extra: bytes) -> None:
    token = issue(RING, purpose, number, extra)
    assert verify(RING, token, purpose) == Claim(purpose, number, extra)


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    token = issue(RING, Purpose.UNSUBSCRIBE, 7)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[place]))
    with pytest.raises(InvalidToken):
        verify(RING, token[:place] + other + token[place + 1 :], Purpose.UNSUBSCRIBE)


@given(st.text(max_size=60))
def test_any_text_is_a_token_or_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        verify(RING, text, Purpose.UNSUBSCRIBE)


def test_a_token_for_one_purpose_is_none_for_another() -> None:
    token = issue(RING, Purpose.FEEDBACK, 7)
    with pytest.raises(InvalidToken):
        verify(RING, token, Purpose.UNSUBSCRIBE)


def test_an_old_key_goes_on_verifying_after_rotation() -> None:
    token = issue(RING, Purpose.UNSUBSCRIBE, 7)
    rotated = RING.rotate()
    assert verify(rotated, token, Purpose.UNSUBSCRIBE).subscriber_id == 7
    assert issue(rotated, Purpose.UNSUBSCRIBE, 7) != token
    assert issue(rotated, Purpose.UNSUBSCRIBE, 7, key_id=1) == token


def test_another_installation_refuses_it() -> None:
    with pytest.raises(InvalidToken):
        verify(Keyring.generate(), issue(RING, Purpose.CONFIRM, 7), Purpose.CONFIRM)


def test_a_list_unsubscribe_header_stays_within_76_characters() -> None:
    token = issue(RING, Purpose.UNSUBSCRIBE, 2**32 - 1)
    assert len(f"<https://papers.department.example.org/u/{token}>") <= 76


def test_an_expiring_token_ends() -> None:
    token = issue(RING, Purpose.CONFIRM, 7, expiring(NOW + timedelta(hours=48), b"x"))
    claim = verify(RING, token, Purpose.CONFIRM)
    assert check_expiry(claim, NOW) == b"x"
    with pytest.raises(ExpiredToken, match="2026-08-22 08:00 UTC"):
        check_expiry(claim, NOW + timedelta(hours=48))


def test_an_address_hash_stays_after_rotation() -> None:
    assert RING.rotate().address_hash("A@example.org") == RING.address_hash("a@example.org")
