"""The demo's mails lead to pages that it serves, and these pages mail into its inbox."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from digest import demo
from digest.inbox import Inbox
from tests.integration.web.pages import Page


@pytest.mark.anyio
async def test_every_link_of_a_demo_mail_that_is_ours_opens_a_page(tmp_path: Path) -> None:
    async with demo.inbox() as box, demo.served(tmp_path, box) as delivered:
        links = {link for mail in box.messages for link in _links(mail.mail.html or "")}
        ours = {link for link in links if link.startswith(delivered.address)}
        assert not any("example.org" in link for link in links)
        assert {link.split("/")[3] for link in ours} >= {"p", "u", "f", "w"}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as web:
            by_page = {link.split("/")[3]: link for link in ours}
            answers = [await web.get(link) for link in by_page.values()]
        assert {answer.status_code for answer in answers} == {200}


@pytest.mark.anyio
async def test_who_subscribes_in_the_demo_finds_the_mail_in_its_inbox(tmp_path: Path) -> None:
    async with demo.inbox() as box, demo.served(tmp_path, box) as delivered:
        before = len(box.messages)
        async with httpx.AsyncClient(
            base_url=delivered.address, trust_env=False, timeout=30
        ) as web:
            form = Page(await web.get("/")).forms[0]
            await web.post("/", data={**form, "email": "new@example.org"})
        assert await _came(box, before + 1) == ["new@example.org"]


async def _came(box: Inbox, count: int) -> list[str]:
    return list((await box.wait_for(count))[-1].recipients)


def _links(html: str) -> list[str]:
    return re.findall(r'href="(http[^"]+)"', html)
