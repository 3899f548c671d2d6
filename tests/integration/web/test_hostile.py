"""Hostile input on every form and page: a clear answer, never a fault, never a secret."""

from __future__ import annotations

import base64
import logging
from dataclasses import replace

import httpx
import pytest

from digest.model import Edition
from subscribers.model import Subscriber
from subscribers.requests import Kind, Requests
from subscribers.tokens import Purpose, issue
from tests.integration.web.conftest import PUBLIC_URL, Installation
from tests.integration.web.pages import Page

HOSTILE = {
    "html": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "sql": "'; DROP TABLE subscribers; --",
    "nul": "a\x00b",
    "long": "x" * 30_000,
    "deep": "(" * 5_000,
    "jinja": "{{ site.app.ring }}{% for x in y %}",
    "emoji": "🦊" * 200 + "\u202e\u0000",
    "lines": "\r\n".join(["a"] * 500),
    "number": "9" * 400,
    "minus": "-1",
}


def form_paths(installation: Installation, reader: Subscriber, edition: Edition) -> list[str]:
    """Every page that takes a form."""
    links, now = installation.links, installation.at
    asked = Requests(installation.engine)
    kinds = {
        "a": (Kind.CHANGE_ADDRESS, Purpose.CHANGE_ADDRESS),
        "n": (Kind.NEW_ADDRESS, Purpose.CHANGE_ADDRESS),
        "x": (Kind.EXPORT, Purpose.EXPORT),
        "e": (Kind.ERASE, Purpose.ERASE),
        "c": (Kind.SUBSCRIBE, Purpose.CONFIRM),
    }
    made = {page: asked.ask(kind, reader.id, now, "") for page, (kind, _) in kinds.items()}
    return [
        "/",
        installation.path(links.preferences(reader.id)),
        installation.path(links.unsubscribe(reader.id)),
        installation.path(links.feedback(reader.id, edition.papers[0].key)) + "/more",
        *(
            installation.path(links.asked(page, purpose, reader.id, now.replace(day=30), r.id))
            for page, (_, purpose) in kinds.items()
            for r in [made[page]]
            if page != "c"
        ),
    ]


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_form_answers_whatever_is_sent(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client, kind: str
) -> None:
    value = HOSTILE[kind]
    for path in form_paths(installation, reader, edition):
        forms = Page(web.get(path)).forms or [{}]
        names = {*forms[0], "email", "topics", "topic", "do", "scope", "reason", "paper", "add"}
        hostile = dict.fromkeys({*names, "was", "word"}, value)
        hostile["form"] = forms[0].get("form", "")
        pressed = ({"do": name} for name in ("add", "save", "rewrite", "try", "take-out"))
        for fields in (hostile, *({**hostile, **one} for one in (*pressed, {"mean": value}))):
            answer = web.post(path, data=fields)
            assert answer.status_code < 500, path
            assert "<script>alert" not in answer.text


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_query_answers_whatever_is_asked(
    edition: Edition, web: httpx.Client, kind: str
) -> None:
    value = HOSTILE[kind]
    assert edition.papers
    answers = [web.get(path, params={"q": value[:20_000]}) for path in ("/search", "/search.atom")]
    tried = dict.fromkeys(("topics", "excluded", "place"), value)
    for answer in (*answers, web.post("/topics/trial", data=tried)):
        assert answer.status_code < 500
        assert "<script>alert" not in answer.text
    for path in (f"/archive/{kind}", "/archive?before=x", "/search?q=a&page=99999", "/f/x/more"):
        assert web.get(path).status_code < 500


def test_secrets_stand_in_no_log_no_page_and_no_error(
    installation: Installation,
    reader: Subscriber,
    edition: Edition,
    web: httpx.Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = next(iter(installation.ring.keys.values()))
    canaries = [base64.b64encode(secret).decode(), secret.hex(), repr(secret), "canary"]
    seen = []
    with caplog.at_level(logging.DEBUG):
        for path in (*form_paths(installation, reader, edition), "/search?q=canary", "/canary"):
            seen += [web.get(path).text, web.post(path, data={"email": "canary@example.org"}).text]
        tokens = [path.split("/")[2] for path in form_paths(installation, reader, edition)[1:]]
    ours = [record for record in caplog.records if not record.name.startswith("http")]
    logged = "\n".join(record.getMessage() for record in ours)
    assert "canary" not in logged
    assert reader.email not in logged
    assert not any(token in logged for token in tokens)
    assert not any(canary in text for canary in canaries[:3] for text in (*seen, logged))


def test_the_preferences_of_one_reader_open_nothing_of_another(
    installation: Installation, reader: Subscriber, web: httpx.Client
) -> None:
    link = installation.path(installation.links.preferences(reader.id))
    other = issue(replace(installation.ring, keys={1: b"x" * 32}, current=1), Purpose(3), reader.id)
    assert web.get(f"/p/{other}").status_code == 404
    assert web.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404
    assert PUBLIC_URL not in link
