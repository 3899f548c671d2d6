from __future__ import annotations

import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text import LONGEST_HTML, MOST_MARKS, clean, clean_html, clean_latex
from digest.text.latex import LONGEST
from tests.support import keeps_pace


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("a \n\t b\u00a0c ", "a b c"),
        ("Multimodal\n  Models", "Multimodal Models"),
        ("be\x00l\x07l\x1b[31m", "bell[31m"),
        ("e\u0301", "é"),
        ("left\u202eright\u2066", "leftright"),
        ("one\u2028two", "one two"),
        ("\ufeffzero\u200bwidth", "zerowidth"),
        ("broken \ud83d half", "broken \ufffd half"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_text_is_plain_and_on_one_line(given_text: str, shown: str) -> None:
    assert clean(given_text) == shown


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_can_be_written_and_is_cleaned_once(text: str) -> None:
    once = clean(text)
    once.encode()
    assert clean(once) == once
    assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in once)


@pytest.mark.parametrize(
    "text",
    [
        "raised $1 Million",
        "costs $5 and $7",
        "between $5-$7 or US$5M--$7M",
        "50% better than AT&T, 100_000 # 1",
        "set $HOME and $PATH first",
        r"C:\temp\new",
        r"we call \ours and \method{} so",
        r"$\ours$ is kept",
        "a lone $ and a } and a \\",
        r"\textbf{never closed",
    ],
)
def test_what_is_not_surely_latex_stays_as_it_is(text: str) -> None:
    assert clean_latex(text) == text


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"$O(\log^2 n)$ steps", "O(log² n) steps"),
        (r"\(\alpha\) and \[x_1 \geq 10^{-3}\]", "α and x₁ ≥ 10⁻³"),
        (r"$$E = mc^2$$", "E = mc²"),
        (r"$\sim$10 tokens, $\mathcal{L}_{\text{task}}$", "∼10 tokens, ℒ_task"),
        (r"na\"{\i}vely, Fr\'echet, Pl\"ucker", "naïvely, Fréchet, Plücker"),
        (r"Erd\H{o}s, {\'E}cole, Fran\c{c}ois", "Erdős, École, François"),
        (r"a \textit{modular \emph{and} small} part", "a modular and small part"),
        (r"judge {\em and} follow", "judge and follow"),
        (r"3.6\times faster, 360{\deg} view", "3.6×faster, 360° view"),
        (r"84\% of Q\&A, \$400K, 12{,}553", "84% of Q&A, $400K, 12,553"),
        (r"GPT-4o\'s score", "GPT-4o's score"),
        (r"code~\url{https://e.org/x_y}", "code https://e.org/x_y"),
        (r"\href{https://e.org}{here}\footnote{Soon.}", "here (Soon.)"),
        (r"(\eg flames, \ie fire)", "(e.g. flames, i.e. fire)"),
        (r"LLaMA\nobreakdash-3.1", "LLaMA-3.1"),
    ],
)  # fmt: skip
def test_latex_becomes_unicode(latex: str, shown: str) -> None:
    assert clean_latex(latex) == shown


@given(st.text(alphabet="a1 $\\{}^_'\"%&~.textibfrac", max_size=60))
def test_no_latex_breaks_the_reader(text: str) -> None:
    clean_latex(text)


def test_a_very_long_text_is_not_searched_for_latex() -> None:
    text = r"\alpha " * 9000
    assert clean_latex(text) == text.strip()


@pytest.mark.parametrize("piece", [" ", "{\\it ", "{", "\\href{", "$a", "\\a{"])
def test_latex_takes_as_long_as_it_is_whatever_it_holds(piece: str) -> None:
    assert keeps_pace(lambda text: clean_latex(r"{\it " + text), piece, LONGEST // 11)


def test_the_parser_does_not_write_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        clean_latex(r"$\frac{1}{$ and $\begin{x}$")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>One &amp; two</p><p>three</p>", "One & two three"),
        ("a <b>b</b>c<script>alert(1)</script><style>x{}</style>", "a bc"),
        ("1 &lt; 2 <br/> 3 <", "1 < 2 3 <"),
        ("if a <b, then <i>c</i> <and so on", "if a c <and so on"),
        ("a <b and nothing closes it", "a <b and nothing closes it"),
        ('<a title="1 > 0" href=x>b</a>', "b"),
        ("<a title='never closed>b</a> <i>c</i>", "b c"),
        ("a<!-- <b>hidden</b> -->b<!-->c<!-- to the end", "abc"),
        ("<script>if (a < b) '</p>'</SCRIPT >seen<style>to the end", "seen"),
        ("<?xml version='1.0'?><!DOCTYPE html>a<![CDATA[ > ]]>b", "ab"),
        ("a<br/>b<script/>c", "a b c"),
        ("&#" + "9" * 5000 + "; &#x41;&#65;", "\ufffd AA"),
    ],
)
def test_html_becomes_its_words(html: str, shown: str) -> None:
    assert clean_html(html) == shown


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<!--",
        "<![CDATA[",
        "<a ='",
        '<a =">',
        "<a ='\"> ",
        "<script></scrip",
        "&#9",
        "</",
        "=",
    ],
)
def test_html_takes_as_long_as_it_is_whatever_it_holds(piece: str) -> None:
    assert keeps_pace(clean_html, piece)


def test_of_endless_html_the_beginning_is_read() -> None:
    assert clean_html("a " * LONGEST_HTML + "<b>end</b>") == clean("a " * (LONGEST_HTML // 2))


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73\u0f75", "\uff9e\u0301"])
def test_marks_piled_on_a_letter_take_as_long_as_they_are(marks: str) -> None:
    assert keeps_pace(clean, marks, 10_000)


def test_of_marks_piled_on_a_letter_the_first_are_kept() -> None:
    assert clean("z" + "\u0316" * 100 + "a\u0301") == "z" + "\u0316" * MOST_MARKS + "á"
    assert clean("\u2014" * 100) == "\u2014" * 100
