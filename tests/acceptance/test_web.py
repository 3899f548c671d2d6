"""`digest web`, as a process of its own."""

from __future__ import annotations

import re
import signal

import httpx
import pytest

from digest.inbox import BackgroundInbox
from tests.acceptance.command import Digest


@pytest.fixture
def ready(digest: Digest) -> Digest:
    digest.set_up()
    return digest


def test_the_pages_are_served_until_a_signal_ends_them(ready: Digest) -> None:
    process = ready.start("web", "--port", "0")
    assert process.stdout
    said = process.stdout.readline()
    address = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert address, said
    assert "Your topics" in httpx.get(address[0]).text
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "closed" in out
    assert "public_url is not set" in err
    assert "Traceback" not in err


def test_who_the_operator_asks_confirms_on_a_page(ready: Digest, inbox: BackgroundInbox) -> None:
    ready.variables["DIGEST_SENDER__PUBLIC_URL"] = "http://papers.example.org"
    ready("subscriber", "add", "asked@example.org", "--topic", "RL", "--confirm")
    ready("send", "--no-pull")
    (mail,) = inbox.wait_for(1)
    link = re.search(r"http://papers\.example\.org(/c/[\w-]+)", mail.mail.text or "")
    assert link
    process = ready.start("web", "--port", "0")
    try:
        assert process.stdout
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found
        page = httpx.get(found[0] + link[1]).text
        token = re.search(r'name="form" value="([\w-]+)"', page)
        assert token
        answer = httpx.post(found[0] + link[1], data={"form": token[1]})
        assert "Welcome" in answer.text
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    shown = ready("subscriber", "show", "asked@example.org", "--format", "json").json
    assert (shown["status"], [t["text"] for t in shown["topics"]]) == ("confirmed", ["RL"])
