"""Quoted-printable pieces can be joined, sent and signed as they stand."""

from __future__ import annotations

import quopri
import re

from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.quoted import decode, encode
from digest.rendering.template import wrap

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=300)


@given(TEXTS)
def test_what_is_encoded_is_read_again(text: str) -> None:
    assert quopri.decodestring(encode(text)).decode() == text.replace("\n", "\r\n")
    assert decode(encode(text)) == text


@given(TEXTS)
def test_every_line_is_short_ascii_and_begins_with_no_dot(text: str) -> None:
    for line in encode(text).split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert re.fullmatch(rb"[ -~]*", line)


@given(TEXTS)
def test_the_relaxed_body_is_the_body(text: str) -> None:
    for line in encode(text).split(b"\r\n"):
        assert b"  " not in line
        assert not line.endswith(b" ")


@given(st.text(st.sampled_from("ab \n"), max_size=200), st.integers(1, 30))
def test_wrapped_text_has_the_same_words_in_lines_of_its_width(text: str, width: int) -> None:
    lines = wrap(text, width).split("\n")
    assert " ".join(lines).split() == text.split()
    assert all(len(line) <= width or " " not in line for line in lines)
