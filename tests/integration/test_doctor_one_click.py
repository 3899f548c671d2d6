"""What `digest doctor` says of the way out that a mail client offers, asked over real TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from digest import keys
from digest.app import make_app
from digest.doctor import Finding, Level
from digest.doctor.one_click import one_click
from digest.links import Links
from digest.settings import Sender, Settings, Web
from digest.web import make_site
from subscribers.model import Consent, Subscriber, SubscriptionStatus, Topic
from tests.certificates import Authority
from tests.outboxes import NOW
from tests.tlssite import serving_tls


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("certificates"))
    made.server()
    made.server(expired=True)
    made.server(self_signed=True)
    return made


def installation(folder: Path, public_url: str = "https://localhost") -> Settings:
    return Settings(
        folder=folder,
        database=f"sqlite:///{folder / 'digest.sqlite3'}",
        keys=folder / "keys",
        cache=folder / "cache",
        sender=Sender(address="digest@news.example.org", public_url=public_url),
        web=Web(port=8750),
    )


def found(folder: Path, authority: Authority, site: ASGIApp, bad: str = "") -> list[Finding]:
    """What is found where a site is served under a good or a bad certificate."""
    flags = f"{bad == 'expired'}-{bad == 'self-signed'}"
    certificate = authority.file.with_name(f"server-{flags}.pem")
    trust = ssl.create_default_context(cafile=authority.file)
    with serving_tls(site, certificate) as address:
        return list(one_click(installation(folder, address), trust))


def only_fault(findings: list[Finding]) -> Finding:
    (fault,) = [finding for finding in findings if finding.level is Level.FAULT]
    return fault


def answering(get: Response, post: Response, forged: Response | None = None) -> ASGIApp:
    """A site that answers so; the second POST it gets bears a forged token."""
    posts: Iterator[Response] = iter([post, forged or PlainTextResponse("no", 404)])

    async def answer(request: Request) -> Response:
        return get if request.method == "GET" else next(posts)

    return Starlette(routes=[Route("/u/{token}", answer, methods=["GET", "POST"])])


PAGE, DONE = HTMLResponse("<h1>Leave?</h1>"), PlainTextResponse("You are unsubscribed.")


def test_our_own_site_passes_and_nobody_is_unsubscribed(
    tmp_path: Path, authority: Authority
) -> None:
    app = make_app(installation(tmp_path))
    app.set_up()
    reader = Subscriber(email="reader@example.org", topics=(Topic(text="agents"),))
    added = app.subscribers.add(reader, Consent(action="add", at=NOW, source="operator"))
    findings = found(tmp_path, authority, make_site(app))
    assert [finding.level for finding in findings] == [Level.OK, Level.OK]
    assert added.id is not None
    assert app.subscribers.by_id(added.id).status is SubscriptionStatus.CONFIRMED
    app.close()


def test_a_site_with_other_keys_refuses_a_genuine_link(
    tmp_path: Path, authority: Authority
) -> None:
    (tmp_path / "other").mkdir()
    other = make_app(installation(tmp_path / "other"))
    other.set_up()
    findings = found(tmp_path, authority, make_site(other))
    assert [finding.level for finding in findings] == [Level.FAULT, Level.FAULT]
    assert all(str(tmp_path / "keys") in finding.remedy for finding in findings)
    other.close()


@pytest.mark.parametrize("bad", ["expired", "self-signed"])
def test_a_certificate_that_nobody_trusts(tmp_path: Path, authority: Authority, bad: str) -> None:
    fault = only_fault(found(tmp_path, authority, answering(PAGE, DONE), bad))
    assert "the certificate of localhost cannot be trusted" in fault.text
    assert fault.remedy.startswith("certbot certonly -d localhost")


def test_a_redirected_click_names_the_address_to_set(tmp_path: Path, authority: Authority) -> None:
    ring = keys.load_links(tmp_path / "keys")
    moved = Links("https://www.example.org", ring).unsubscribe(0)
    site = answering(PAGE, RedirectResponse(moved, 301))
    fault = only_fault(found(tmp_path, authority, site))
    assert "POST is redirected" in fault.text
    assert fault.remedy == '[sender] public_url = "https://www.example.org"'


def test_a_redirect_to_a_sign_in_cannot_be_set_away(tmp_path: Path, authority: Authority) -> None:
    site = answering(PAGE, RedirectResponse("/login", 302))
    assert only_fault(found(tmp_path, authority, site)).remedy == "no redirect for POST /u/"


@pytest.mark.parametrize(
    ("post", "remedy"),
    [
        (PlainTextResponse("who are you?", 401), "no sign-in and no firewall rule before /u/"),
        (PlainTextResponse("blocked", 403), "no sign-in and no firewall rule before /u/"),
        (PlainTextResponse("?", 405), "location / { proxy_pass http://127.0.0.1:8750; }"),
        (PlainTextResponse("?", 502), "location / { proxy_pass http://127.0.0.1:8750; }"),
    ],
)
def test_a_click_that_does_not_arrive(
    tmp_path: Path, authority: Authority, post: Response, remedy: str
) -> None:
    fault = only_fault(found(tmp_path, authority, answering(PAGE, post)))
    assert f"POST answers {post.status_code}" in fault.text
    assert fault.remedy.startswith(remedy)


def test_a_get_that_shows_no_page(tmp_path: Path, authority: Authority) -> None:
    fault = only_fault(found(tmp_path, authority, answering(PlainTextResponse("hi"), DONE)))
    assert "GET answers with text/plain" in fault.text


def test_a_site_that_says_yes_to_everything_is_not_ours(
    tmp_path: Path, authority: Authority
) -> None:
    fault = only_fault(found(tmp_path, authority, answering(PAGE, DONE, DONE)))
    assert "a forged link is answered as a genuine one" in fault.text


@pytest.mark.parametrize(
    ("url", "words", "remedy"),
    [
        ("http://papers.example.org", "no https", '[sender] public_url = "https://papers.'),
        (f"https://{'long.' * 9}example.org", "characters, 76 at most", "of at most 41 characters"),
        ("https://localhost:1", "does not answer", "open port 1"),
    ],
)
def test_an_address_that_cannot_work(tmp_path: Path, url: str, words: str, remedy: str) -> None:
    trust = ssl.create_default_context()
    fault = only_fault(list(one_click(installation(tmp_path, url), trust)))
    assert words in fault.text
    assert remedy in fault.remedy
