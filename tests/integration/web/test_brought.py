"""A library of papers brought along on the preferences page."""

from __future__ import annotations

import httpx
import pytest

from digest.likes.store import LikeStore
from digest.model import Edition
from digest.web import brought
from digest.web.forms import LARGEST_WITH_FILE
from subscribers.model import Subscriber
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import Page, open_page

BIBTEX = "@misc{a, title={In-Context Études}, eprint={2405.15738}}\n@misc{b, year=2020}\n"


@pytest.fixture
def page(installation: Installation, reader: Subscriber, web: httpx.Client) -> Page:
    return open_page(web, installation.path(installation.links.preferences(reader.id)))


def bring(
    web: httpx.Client, page: Page, text: str = "", file: tuple[str, bytes] = ("", b"")
) -> Page:
    """Sends the form as a browser does, with its file or without."""
    form = next(form for form in page.forms if "library" in form)
    sent = {**form, "library": text, "do": "bring"}
    sent.pop("file")
    return Page(web.post(page.response.url, data=sent, files={"file": file}))


def liked(installation: Installation, reader: Subscriber) -> list[str]:
    return [one.paper for one in LikeStore(installation.engine).given(reader.id) if one.liked]


def test_a_list_of_ids_becomes_likes(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client, page: Page
) -> None:
    listed = [paper for paper in edition.papers if paper.arxiv_id][:2]
    text = "\n".join(f"https://arxiv.org/abs/{paper.arxiv_id}" for paper in listed)
    answer = bring(web, page, f"{text}\n1706.03762\n")
    assert "You like 3 more papers." in answer.text
    assert "Of 1 paper nothing but a number or an address is known" in answer.text
    assert set(liked(installation, reader)) == {p.key for p in listed} | {"arxiv:1706.03762"}
    assert listed[0].title in answer.text


def test_a_file_is_read_and_what_cannot_be_taken_is_named(
    installation: Installation, reader: Subscriber, web: httpx.Client, page: Page
) -> None:
    answer = bring(web, page, file=("My library.bib", BIBTEX.encode()))
    assert "You like 1 more paper." in answer.text
    assert "Line 2: it has neither a title nor an arXiv id" in answer.text
    assert "In-Context Études" in answer.text
    assert "1 paper you liked before." in bring(web, page, BIBTEX).text
    assert liked(installation, reader) == ["arxiv:2405.15738"]


@pytest.mark.parametrize(
    ("text", "file", "said"),
    [
        ("", ("", b""), "There is nothing to read"),
        ("2405.15738", ("ids.txt", b"2405.15738"), "one at a time"),
        ("", ("zotero.rdf", b"<html></html>"), "Zotero also exports BibTeX"),
        ("", ("latin.bib", b"\xe9"), "latin.bib, byte 0: it is no UTF-8 text"),
        ("my favourite papers", ("", b""), "Line 1: 'my favourite papers' is no arXiv id"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_form(
    installation: Installation,
    reader: Subscriber,
    web: httpx.Client,
    page: Page,
    text: str,
    file: tuple[str, bytes],
    said: str,
) -> None:
    answer = bring(web, page, text, file)
    assert answer.response.status_code == 422
    assert said in answer.text
    assert answer.forms[-2]["library"] == text
    assert not liked(installation, reader)


def test_too_much_is_refused_whole(
    installation: Installation,
    reader: Subscriber,
    web: httpx.Client,
    page: Page,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert bring(web, page, file=("a.txt", b"x" * LARGEST_WITH_FILE)).response.status_code == 413
    monkeypatch.setattr(brought, "MOST_LIKES", 1)
    assert "there can be 1 papers at most" in bring(web, page, "2405.15738\n2405.15739").text
    assert not liked(installation, reader)


def test_a_form_that_is_not_from_the_page_takes_nothing(
    installation: Installation, reader: Subscriber, web: httpx.Client, page: Page
) -> None:
    page.forms = [{**form, "form": "forged"} for form in page.forms]
    assert bring(web, page, "2405.15738").response.status_code == 403
    assert not liked(installation, reader)
