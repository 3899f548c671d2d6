"""The preview is for this machine, and a mail in it can do nothing."""

from __future__ import annotations

import httpx
import pytest

from digest import sample
from tests.previews import SETTINGS, Installation

READER = sample.subscribers()[0].email
PATHS = ["/", "/frame", "/message.eml", "/version", "/preview.js", "/style.css"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_another_host_is_refused(web: httpx.Client, path: str, host: str) -> None:
    assert web.get(path, headers={"Host": host}).status_code == 400


def test_it_listens_on_this_machine_alone(web: httpx.Client) -> None:
    assert web.base_url.host == "127.0.0.1"


def test_a_mail_has_no_scripts_and_loads_nothing(web: httpx.Client) -> None:
    policy = web.get("/frame").headers["Content-Security-Policy"]
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert "img-src data:;" in policy


def test_only_the_logo_of_the_settings_may_be_loaded(
    installation: Installation, web: httpx.Client
) -> None:
    logo = 'logo = "https://digest.example.org/logo.png"\n[smtp]'
    installation.settle(SETTINGS.format(port=1).replace("[smtp]", logo))
    policy = web.get("/frame").headers["Content-Security-Policy"]
    assert "img-src data: https://digest.example.org/logo.png;" in policy


def test_the_page_takes_scripts_from_itself_alone(web: httpx.Client) -> None:
    policy = web.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_what_is_typed_stays_text(web: httpx.Client) -> None:
    typed = {"reader": "<script>x</script>", "topics": '"</textarea><script>y</script>"'}
    html = web.get("/", params=typed).text
    assert "<script>x" not in html
    assert "<script>y" not in html
