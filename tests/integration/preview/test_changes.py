"""The page knows when what it shows has changed on disk."""

from __future__ import annotations

from dataclasses import replace

import httpx

from digest import sample
from subscribers.model import Topic
from tests.previews import SETTINGS, Installation

READER = sample.subscribers()[0].email


def version(web: httpx.Client) -> str:
    return web.get("/version", params={"reader": READER}).text


def test_without_a_change_it_stays(web: httpx.Client) -> None:
    assert version(web) == version(web)
    assert f'data-version="{version(web)}"' in web.get("/", params={"reader": READER}).text


def test_a_template_changes_it(installation: Installation, web: httpx.Client) -> None:
    before = version(web)
    installation.write("daily/subject.txt.j2", "{{ subject }}")
    between = version(web)
    installation.write("daily/subject.txt.j2", "New: {{ subject }}")
    assert len({before, between, version(web)}) == 3


def test_a_topic_changes_it(installation: Installation, web: httpx.Client) -> None:
    before = version(web)
    app = installation.open()
    reader = app.subscribers.get(READER)
    app.subscribers.edit(replace(reader, topics=(Topic(text="speech"),)))
    app.close()
    assert version(web) != before
    assert "speech" in web.get("/", params={"reader": READER, "view": "why"}).text


def test_a_topic_of_the_first_reader_changes_a_page_that_names_nobody(
    installation: Installation, web: httpx.Client
) -> None:
    before = web.get("/version").text
    app = installation.open()
    (first,) = app.subscribers.block(limit=1)
    app.subscribers.edit(replace(first, topics=(Topic(text="speech"),)))
    app.close()
    assert web.get("/version").text != before


def test_another_readers_topic_does_not(installation: Installation, web: httpx.Client) -> None:
    before = version(web)
    app = installation.open()
    other = app.subscribers.get(sample.subscribers()[1].email)
    app.subscribers.edit(replace(other, topics=(Topic(text="speech"),)))
    app.close()
    assert version(web) == before


def test_the_settings_change_it(installation: Installation, web: httpx.Client) -> None:
    before = version(web)
    installation.settle(SETTINGS.format(port=1).replace("[smtp]", 'accent = "#00557f"\n[smtp]'))
    assert version(web) != before
    assert "#00557f" in web.get("/frame", params={"reader": READER}).text


def test_words_of_the_installation_change_what_is_shown(
    installation: Installation, web: httpx.Client
) -> None:
    web.get("/")
    words = installation.folder / "templates" / "words"
    words.mkdir()
    (words / "en.toml").write_text('[entry]\nread = "Open the paper"\n', encoding="utf-8")
    assert "Open the paper" in web.get("/frame", params={"reader": READER}).text
