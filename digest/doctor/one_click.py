"""What a mail client meets when a reader leaves by its own button (RFC 8058).

The endpoint is asked with a genuine token for nobody: numbers of readers begin at 1, so it
changes nothing. A forged one has to be refused, or what answers is not our site.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from digest import keys
from digest.doctor.finding import Finding, Level
from digest.http import Probed, certificate_ends, probe
from digest.links import LONGEST_LIST_URI, LONGEST_PUBLIC_URL, Links
from digest.settings import Settings
from subscribers.errors import PaperDigestError
from subscribers.tokens import Keyring

NOBODY = 0
SOON = 14  # days before the end of a certificate
CHECK = "one click"
_FORM = {"List-Unsubscribe": "One-Click"}


def one_click(settings: Settings, trust: ssl.SSLContext) -> Iterator[Finding]:
    """The header's address, the certificate, the page, and the click."""
    url = settings.sender.public_url
    if not url:
        text = "no public address: readers leave by reply, without one click"
        yield Finding(CHECK, Level.WARNING, text, '[sender] public_url = "https://…"')
        return
    try:
        ring = keys.links_at_hand(settings.keys)
    except PaperDigestError as error:
        yield Finding(CHECK, Level.FAULT, str(error), f"restore {settings.keys} from a backup")
        return
    link = Links(url, ring).unsubscribe(NOBODY)
    problem = _shape(url, link) or _certificate(url, trust)
    if problem is not None and problem.level is Level.FAULT:
        yield problem
        return
    yield from [problem] if problem else []
    forged = Links(url, Keyring.generate()).unsubscribe(NOBODY)
    yield _page(settings, link, probe("GET", link, trust))
    yield _click(settings, link, probe("POST", link, trust, _FORM))
    yield from _forged(settings, probe("POST", forged, trust, _FORM))


def _shape(url: str, link: str) -> Finding | None:
    """The address as it stands in the List-Unsubscribe header."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        remedy = f'[sender] public_url = "https://{parts.hostname or "papers.example.org"}"'
        return Finding(CHECK, Level.FAULT, f"{url} is no https address", remedy)
    if len(link) + 2 > LONGEST_LIST_URI:
        text = f"the header's address has {len(link) + 2} characters, {LONGEST_LIST_URI} at most"
        remedy = f"[sender] public_url of at most {LONGEST_PUBLIC_URL} characters"
        return Finding(CHECK, Level.FAULT, text, remedy)
    if parts.query or parts.fragment or not link.isascii():
        text = f"{url} holds what cannot stand before a path"
        return Finding(CHECK, Level.FAULT, text, f'[sender] public_url = "https://{parts.netloc}"')
    return None


def _certificate(url: str, trust: ssl.SSLContext) -> Finding | None:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    renew = f"certbot certonly -d {host}, and give it to the web server in front"
    try:
        ends = certificate_ends(host, port, trust)
    except ssl.SSLCertVerificationError as error:
        text = f"the certificate of {host} cannot be trusted: {error.verify_message}"
        return Finding(CHECK, Level.FAULT, text, renew)
    except (OSError, ssl.SSLError) as error:
        text = f"{url} does not answer: {error}"
        remedy = f"let {host} point to this machine, and open port {port}"
        return Finding(CHECK, Level.FAULT, text, remedy)
    days = (ends - datetime.now(UTC)).days
    if days < SOON:
        return Finding(CHECK, Level.WARNING, f"its certificate ends in {days} days", renew)
    return None


def _page(settings: Settings, link: str, answer: Probed) -> Finding:
    """A GET shows a page and changes nothing."""
    fault = _unexpected(settings, "GET", link, answer)
    if fault is None and answer.media_type != "text/html":
        text = f"GET answers with {answer.media_type or 'nothing'}, not with a page"
        fault = Finding(CHECK, Level.FAULT, text, _forward(settings))
    return fault or Finding(CHECK, Level.OK, "GET shows the page with the button")


def _click(settings: Settings, link: str, answer: Probed) -> Finding:
    fault = _unexpected(settings, "POST", link, answer)
    return fault or Finding(CHECK, Level.OK, "POST unsubscribes, without redirect or sign-in")


def _forged(settings: Settings, answer: Probed) -> Iterator[Finding]:
    if answer.status == 200:
        text = "a forged link is answered as a genuine one: what answers is not our site"
        yield Finding(CHECK, Level.FAULT, text, _forward(settings))


def _unexpected(settings: Settings, method: str, link: str, answer: Probed) -> Finding | None:
    """Anything but 200, with what there is to do about it."""
    if answer.status == 200:
        return None
    if answer.problem:
        return Finding(CHECK, Level.FAULT, f"{method} has no answer: {answer.problem}")
    if answer.location:
        text = f"{method} is redirected to {answer.location} ({answer.status}); clients follow none"
        return Finding(CHECK, Level.FAULT, text, _redirected(settings, link, answer.location))
    text = f"{method} answers {answer.status}"
    if answer.status in (401, 403, 407):
        path = urlsplit(link).path.rpartition("/")[0]
        remedy = f"no sign-in and no firewall rule before {path}/"
        return Finding(CHECK, Level.FAULT, text, remedy)
    return Finding(CHECK, Level.FAULT, f"{text} to a genuine link", _forward(settings))


def _redirected(settings: Settings, link: str, location: str) -> str:
    """The public address that would not be redirected, where the path stays the same."""
    path = link.removeprefix(settings.sender.public_url)
    if location.startswith("https://") and location.endswith(path):
        return f'[sender] public_url = "{location.removesuffix(path)}"'
    return f"no redirect for POST {path.rpartition('/')[0]}/"


def _forward(settings: Settings) -> str:
    """In the words of nginx, as the line that does it."""
    web = settings.web
    return (
        f"location / {{ proxy_pass http://{web.host}:{web.port}; }} to `digest run` or `digest web`"
        f" with the keys of {settings.keys}"
    )
