from __future__ import annotations

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Link, LinkKind, Paper
from digest.web.bibtex import bibtex, citation_key

PAPER = Paper(
    key="arxiv:2608.16590",
    title="The Zetta ζ: 50% better & cheaper_harness {v2}",
    authors=("Xin Ding", "José Núñez"),
    author_count=15,
    published=date(2026, 8, 17),
    categories=("cs.RO", "cs.AI"),
    links=(Link(LinkKind.PAGE, "https://arxiv.org/abs/2608.16590"),),
)


def test_an_entry_says_what_arxiv_says() -> None:
    text = bibtex([PAPER])
    assert text.startswith("@misc{ding2026zetta,")
    assert r"title = {{The Zetta ζ: 50\% better \& cheaper\_harness \{v2\}}}" in text
    assert "author = {Xin Ding and José Núñez and others}" in text
    assert "eprint = {2608.16590}" in text
    assert "primaryclass = {cs.RO}" in text


def test_equal_keys_are_told_apart() -> None:
    keys = re.findall(r"@misc\{(.*),", bibtex([PAPER] * 30))
    assert len(set(keys)) == 30
    assert keys[:2] == ["ding2026zetta", "ding2026zettab"]


@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=3))
def test_braces_are_balanced_whatever_a_paper_is_called(title: str, authors: list[str]) -> None:
    paper = Paper(key="title:x", title=title, authors=tuple(authors))
    text = re.sub(r"\\[{}]", "", bibtex([paper]))
    assert text.count("{") == text.count("}")
    assert re.fullmatch(r"[a-z0-9]+", citation_key(paper))
