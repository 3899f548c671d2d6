"""Tokens: of links and of forms, changed in every way, accepted in none."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.errors import FormInvalid, FormStale
from digest.web.forms import LIFETIME, FormTokens, clean
from subscribers.errors import TokenError
from subscribers.tokens import Keyring, Purpose, check_expiry, expiring, issue, verify

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
RING = Keyring({1: b"a" * 32, 2: b"b" * 32}, 2)
FORMS = FormTokens(RING)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _mutated(token: str, chance: random.Random) -> str:
    """The token with one to three letters changed, left out, doubled, or put in."""
    letters = list(token)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(letters))
        change = chance.choice(("change", "leave", "double", "put"))
        if change == "change":
            letters[place] = chance.choice(LETTERS.replace(letters[place], ""))
        elif change == "leave" and len(letters) > 1:
            del letters[place]
        elif change == "double":
            letters.insert(place, letters[place])
        else:
            letters.insert(place, chance.choice(LETTERS + "=+/ \x00é"))
    return "".join(letters)


@pytest.mark.parametrize("purpose", Purpose)
def test_of_thousands_of_mutations_none_is_accepted(purpose: Purpose) -> None:
    chance, extra = random.Random(purpose), expiring(NOW + timedelta(hours=1), b"request")
    token = issue(RING, purpose, 7, extra)
    accepted = 0
    for _ in range(1000):  # 10,000 over all purposes
        changed = _mutated(token, chance)
        try:
            claim = verify(RING, changed, purpose)
            check_expiry(claim, NOW)
            accepted += changed != token
        except TokenError:
            continue
    assert accepted == 0


@given(st.sampled_from(Purpose), st.sampled_from(Purpose))
def test_a_purpose_cannot_be_swapped(made: Purpose, asked: Purpose) -> None:
    token = issue(RING, made, 7)
    if made is asked:
        assert verify(RING, token, asked).subscriber_id == 7
        return
    with pytest.raises(TokenError):
        verify(RING, token, asked)


def test_a_form_is_taken_from_its_page_for_half_a_day() -> None:
    token = FORMS.issue("subscribe", "cookie", NOW)
    FORMS.check(token, "subscribe", "cookie", NOW + LIFETIME)
    FormTokens(RING.rotate()).check(token, "subscribe", "cookie", NOW)
    for form, bound_to, at in (
        ("preferences", "cookie", NOW),
        ("subscribe", "other", NOW),
        ("subscribe", "cookie", NOW + LIFETIME + timedelta(seconds=1)),
        ("subscribe", "cookie", NOW - timedelta(hours=1)),
    ):
        with pytest.raises(FormStale):
            FORMS.check(token, form, bound_to, at)


@given(st.text(max_size=60))
def test_any_text_is_no_form_token(text: str) -> None:
    with pytest.raises(FormStale):
        FORMS.check(text, "subscribe", "cookie", NOW)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_is_no_form_and_a_form_no_link(purpose: Purpose) -> None:
    with pytest.raises(FormStale):
        FORMS.check(issue(RING, purpose, 7), "subscribe", "cookie", NOW)
    with pytest.raises(TokenError):
        verify(RING, FORMS.issue("subscribe", "cookie", NOW), purpose)


@given(st.text(max_size=50))
def test_what_is_let_in_holds_no_control_characters(text: str) -> None:
    try:
        kept = clean(text)
    except FormInvalid:
        return
    assert not any(c < " " and c not in "\n\t" for c in kept)
    kept.encode()
