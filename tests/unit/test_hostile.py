"""What strangers write comes out harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.clean import clean, clean_header, clean_url, cut

ANYTHING = st.text(st.characters(), max_size=200)


@given(ANYTHING)
def test_clean_text_is_one_line_that_can_be_encoded(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert (
        all(
            character.isprintable() or character == "\xad"
            for character in cleaned
            if character > "\x9f"
        )
        or cleaned
    )
    assert not any(c in cleaned for c in "\r\n\x00\u202e\u2066\ufdd0")


@given(ANYTHING)
def test_a_header_holds_no_encoded_word(text: str) -> None:
    assert "=?" not in clean_header(text)


def test_ten_megabytes_cost_no_more_than_a_page() -> None:
    assert len(clean("word " * 2_000_000)) <= 4000


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//example.org",
        "https://user:secret@example.org/",
        "https://example.org\r\nBcc: a@b",
        "http://[::1",
        "https://",
        "https://exa\u202emple.org/",
    ],
)
def test_an_address_that_is_no_web_page_is_left_out(url: str) -> None:
    assert clean_url(url) == ""


def test_an_address_is_written_in_ascii() -> None:
    found = clean_url('https://exämple.org/ü?q=a b&c=<d>#e"f')
    assert found == "https://xn--exmple-cua.org/%C3%BC?q=a%20b&c=%3Cd%3E#e%22f"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("One. Two is here. Three is longer than that.", "One. Two is here."),
        ("It works, e.g. on small models, and so on for long.", "It works, e.g. on small…"),
        ("No end in sight at all here", "No end in sight at all…"),
        ("短い文です。次の文はとても長いので切られます。", "短い文です。"),
    ],
)
def test_a_text_is_cut_at_a_sentence_or_at_a_word(text: str, short: str) -> None:
    assert cut(text, min(25, len(text) - 4)) == short


@given(ANYTHING, st.integers(10, 100))
def test_a_cut_text_is_no_longer_than_asked(text: str, longest: int) -> None:
    assert len(cut(text, longest)) <= longest
