"""Mails shown as pages: the sample that a visitor asks for."""

from __future__ import annotations

from dataclasses import replace

from fastapi.responses import HTMLResponse

from digest.pages import guard_headers, policy
from digest.web.context import Site
from digest.web.errors import NothingYet
from subscribers.model import Subscriber, WhenNothing

#: Of a mail: its own style, no script, no form, nothing loaded; its links lead elsewhere.
POLICY = policy(
    sandbox="allow-popups allow-popups-to-escape-sandbox",
    style_src="'unsafe-inline'",
    img_src="data:",
    form_action="'none'",
)
SAMPLE_READER = "reader@example.org"


def sample(here: Site, wanted: Subscriber) -> HTMLResponse:
    """The digest that these choices make of the latest edition, as it would be mailed.

    Raises:
        NothingYet: there is no edition.
    """
    day = here.app.archive.latest()
    if day is None:
        raise NothingYet
    edition = here.app.publisher.edition(day)
    reader = replace(wanted, email=SAMPLE_READER, when_nothing=WhenNothing.TOP)
    texts = [topic.text for topic in reader.topics]
    selector = here.app.selector(edition, texts)
    digest = selector.select(reader, occasion=f"sample {day}")
    html, _, _ = here.app.renderer.parts(digest, here.app.now(), whole=True)
    return HTMLResponse(html, headers=guard_headers(POLICY))
