"""What stands around every page."""

from __future__ import annotations

import logging

import httpx
import pytest

from digest.links import Links
from subscribers.model import Subscriber
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import Page, open_page

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_every_answer_carries_the_headers_that_guard_it(web: httpx.Client) -> None:
    for path in ("/nowhere", "/u/nonsense"):
        headers = web.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"a=" + b"x" * 10_000_000, 413),
        (b"scope=%00", 400),
        (b"scope=a\x00b", 400),
        (b"\xff\xfe=1", 400),
        (b"&".join(b"a=1" for _ in range(1000)), 400),
        (b"form=" + b"x" * 1000, 400),
        (b"form=%ED%A0%80", 403),
        (b"form=<script>alert(1)</script>", 403),
        (b"form=' OR 1=1 --", 403),
    ],
)
def test_a_hostile_form_gets_a_clear_answer(
    installation: Installation, reader: Subscriber, web: httpx.Client, body: bytes, status: int
) -> None:
    path = installation.path(installation.links.unsubscribe(reader.id))
    answer = web.post(path, content=body, headers=FORM)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "<script>alert" not in answer.text


def test_what_could_not_be_done_leads_back_to_its_page(
    installation: Installation, reader: Subscriber, web: httpx.Client
) -> None:
    path = installation.path(installation.links.unsubscribe(reader.id))
    for body in (b"scope=everything", b"a=" + b"x" * 200_000, b"scope=%00"):
        page = Page(web.post(path, content=body, headers=FORM))
        assert path in page.links
        assert open_page(web, path).response.status_code == 200
    for answer in (web.get("/nowhere"), web.post("/nowhere"), web.post(f"{path[:-2]}AA")):
        assert {"/", "/archive", "/search"} <= set(Page(answer).links)
        assert f"{path[:-2]}AA" not in Page(answer).links


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=x"])
def test_a_broken_multipart_form_gets_a_clear_answer(
    installation: Installation, reader: Subscriber, web: httpx.Client, content_type: str
) -> None:
    path = installation.path(installation.links.unsubscribe(reader.id))
    for body in (b"--x\r\nnonsense", b"", b"--x\r\n\r\n" + b"y" * 99, b"\x00" * 500):
        answer = web.post(path, content=body, headers={"Content-Type": content_type})
        assert answer.status_code in (400, 403)


def test_the_log_names_the_page_and_never_the_link(
    installation: Installation,
    reader: Subscriber,
    web: httpx.Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    link = Links("", installation.ring)
    assert link.unsubscribe(reader.id) == ""
    path = installation.path(installation.links.unsubscribe(reader.id))
    with caplog.at_level(logging.DEBUG):
        web.get(path, params={"q": "canary"})
        web.post(path, data={"List-Unsubscribe": "One-Click", "note": "canary"})
    ours = [record.getMessage() for record in caplog.records if record.name == "digest.web"]
    assert any("GET /u/{token} 200" in line for line in ours)
    assert not any(path.removeprefix("/u/") in line or "canary" in line for line in ours)


def test_a_page_that_fails_says_so_and_tells_no_more(
    installation: Installation,
    reader: Subscriber,
    web: httpx.Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = installation.path(installation.links.unsubscribe(reader.id))
    with installation.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE consents RENAME TO gone")
        connection.exec_driver_sql("UPDATE subscribers SET status = 'unsubscribed'")
    answer = web.get(path)
    assert answer.status_code == 500
    assert "The fault is ours" in answer.text
    assert "consents" not in answer.text + caplog.text.replace("consents.py", "")
    assert any(record.levelno == logging.ERROR for record in caplog.records)
