from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.identity import arxiv_id, canonical_url, normalised_title, paper_key

DAY = date(2026, 8, 20)


@pytest.mark.parametrize(
    "written",
    [
        "2608.16590",
        "2608.16590v3",
        " arXiv:2608.16590v1 ",
        "https://arxiv.org/abs/2608.16590v2",
        "http://export.arxiv.org/pdf/2608.16590v2.pdf",
        "https://arxiv.org/html/2608.16590/",
        "https://doi.org/10.48550/arXiv.2608.16590",
        "10.48550/arxiv.2608.16590",
        "oai:arXiv.org:2608.16590v1",
        "https://huggingface.co/papers/2608.16590",
    ],
)
def test_an_arxiv_id_is_read_however_it_is_written(written: str) -> None:
    found = arxiv_id(written)
    assert found
    assert found[0] == "2608.16590"


def test_the_version_is_told_apart_from_the_id() -> None:
    assert arxiv_id("2608.16590v12") == ("2608.16590", 12)
    assert arxiv_id("2608.16590") == ("2608.16590", None)


def test_an_old_id_loses_its_subject_class() -> None:
    assert arxiv_id("https://arxiv.org/abs/math.GT/0309136v1") == ("math/0309136", 1)
    assert arxiv_id("astro-ph/0601001") == ("astro-ph/0601001", None)


@pytest.mark.parametrize(
    "written",
    [
        "0000.0000",
        "2613.12345",
        "2608.123",
        "2608.16590v0",
        "x",
        "",
        "https://arxiv.org/list/cs.LG",
    ],
)
def test_what_is_no_id_is_none(written: str) -> None:
    assert arxiv_id(written) is None


def test_spellings_of_an_address_are_one() -> None:
    spellings = [
        "http://Blog.example.org/post/",
        "https://blog.example.org:443/post?utm_source=x#top",
        "https://blog.example.org./post",
    ]
    assert {canonical_url(url) for url in spellings} == {"https://blog.example.org/post"}


def test_what_tells_pages_apart_stays() -> None:
    assert canonical_url("https://e.org/p?id=1") != canonical_url("https://e.org/p?id=2")


@pytest.mark.parametrize("url", ["", "mailto:a@example.org", "https://", "javascript:x", "//e:x/"])
def test_what_is_no_address_is_empty(url: str) -> None:
    assert canonical_url(url) == ""


def test_the_strongest_of_what_is_known_makes_the_key() -> None:
    url = "https://blog.example.org/post"
    assert paper_key("T", DAY, arxiv="2608.16590v2", url=url) == "arxiv:2608.16590"
    assert paper_key("T", DAY, url="https://arxiv.org/abs/2608.16590") == "arxiv:2608.16590"
    assert paper_key("T", DAY, url=url) == f"url:{url}"
    assert paper_key("A  title!", DAY) == paper_key("a title", DAY) != paper_key("a title", None)


@given(st.text())
def test_a_title_is_normalised_once(title: str) -> None:
    once = normalised_title(title)
    assert normalised_title(once) == once


@given(st.text())
def test_no_address_breaks_the_reader(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once
    arxiv_id(url)
