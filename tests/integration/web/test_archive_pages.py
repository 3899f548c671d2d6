"""The archive, search, web copies, bibliographies and feeds."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from defusedxml import ElementTree

from digest.model import Edition
from subscribers.model import Subscriber
from subscribers.tokens import Purpose, issue
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import open_page

ATOM = "{http://www.w3.org/2005/Atom}"
DAY = "2026-08-21"


def test_editions_are_found_by_week_and_day(edition: Edition, web: httpx.Client) -> None:
    weeks = open_page(web, "/archive")
    assert {"/archive/2026-W34", f"/archive/{DAY}"} <= set(weeks.links)
    for path in ("/archive/2026-W34", f"/archive/{DAY}"):
        page = open_page(web, path)
        assert all(paper.title in page.text for paper in edition.papers[:5])


@pytest.mark.parametrize("name", ["2026-08-22", "2026-W99", "0000-W01", "nonsense", "2026-13-01"])
def test_a_day_that_is_not_there_is_said_so(edition: Edition, web: httpx.Client, name: str) -> None:
    assert edition.papers
    assert web.get(f"/archive/{name}").status_code == 404


def test_an_archive_without_editions_says_so(web: httpx.Client) -> None:
    assert "No edition is archived yet" in open_page(web, "/archive").text


def test_search_speaks_the_topic_language(edition: Edition, web: httpx.Client) -> None:
    page = open_page(web, "/search?q=agent+harness")
    assert "“agent harness” in the title" in page.text
    assert "1 paper" in open_page(web, '/search?q="matrix multiplication exponent"').text
    broken = open_page(web, "/search?q=(RL")
    assert broken.response.status_code == 422
    assert "^" in broken.text
    assert edition.papers


def test_of_a_day_the_most_voted_are_found_first(edition: Edition, web: httpx.Client) -> None:
    found = web.get("/search.json", params={"q": "upvotes>=0"}).json()["items"]
    most = max(edition.papers, key=lambda paper: paper.upvotes or 0)
    assert found[0]["title"] == most.title


def test_a_search_that_finds_nothing_says_so(edition: Edition, web: httpx.Client) -> None:
    assert edition.papers
    assert "No paper of the archive matches" in web.get("/search?q=basketweaving").text


def test_any_list_is_a_bibliography(edition: Edition, web: httpx.Client) -> None:
    text = web.get(f"/archive/{DAY}.bib").text
    assert text.count("@misc{") == len(edition.papers)
    assert "archiveprefix = {arXiv}" in text
    assert web.get("/search.bib", params={"q": "agent harness"}).text.startswith("@misc{")


def test_any_query_is_a_feed(edition: Edition, web: httpx.Client) -> None:
    atom = web.get("/search.atom", params={"q": "RL"})
    entries = ElementTree.fromstring(atom.content).findall(f"{ATOM}entry")
    items = web.get("/search.json", params={"q": "RL"}).json()["items"]
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [i["title"] for i in items]
    assert entries
    assert atom.headers["content-type"].startswith("application/atom+xml")
    assert web.get("/search.rss", params={"q": "RL"}).status_code == 404
    assert edition.papers


def test_ones_own_digests_are_a_feed(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client
) -> None:
    token = issue(installation.ring, Purpose.FEED, reader.id)
    (selected,) = installation.app.publisher.select(edition, [reader])
    items = web.get(f"/feed/{token}.json").json()["items"]
    assert [item["title"] for item in items] == [e.paper.title for e in selected.entries]
    forged = issue(installation.ring, Purpose.UNSUBSCRIBE, reader.id)
    assert web.get(f"/feed/{forged}.atom").status_code == 404


def test_a_digest_on_the_web_says_why_each_paper_came_or_was_left_out(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client
) -> None:
    installation.app.publisher.welcome(reader, "first")
    link = installation.path(installation.links.web_copy(reader.id, "welcome", "first"))
    assert f"{link}/why" in open_page(web, link).links
    page = open_page(web, f"{link}/why")
    assert "“agent harness” in the title" in page.text
    assert "No topic matches" in page.text
    assert all(paper.title in page.text for paper in edition.papers)
    assert web.get(f"{link[:-2]}/why").status_code == 404


def test_a_digest_on_the_web_speaks_its_readers_language(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client
) -> None:
    german = replace(reader, locale="de")
    installation.subscribers.edit(german)
    installation.app.publisher.welcome(german, "first")
    link = installation.path(installation.links.web_copy(reader.id, "welcome", "first"))
    copy, why = open_page(web, link), open_page(web, f"{link}/why")
    assert "Freitag, 21. August" in copy.text
    assert "Weil: „agent harness“ im Feld Titel" in copy.text
    assert "Warum diese Artikel" in why.text
    assert "Kein Thema passt" in why.text
    assert all('lang="de"' in page.response.text for page in (copy, why))
    assert edition.papers


def test_a_digest_can_be_read_on_the_web(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client
) -> None:
    installation.app.publisher.welcome(reader, "first")
    link = installation.path(installation.links.web_copy(reader.id, "welcome", "first"))
    page = open_page(web, link)
    assert "as they were sent" in page.text
    assert "Because:" in page.text
    assert "@misc{" in web.get(f"{link}.bib").text
    other = installation.path(installation.links.web_copy(reader.id, "daily", "first"))
    assert web.get(other).status_code == 404
    assert edition.papers
