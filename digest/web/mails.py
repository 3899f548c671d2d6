"""Mails shown as pages: the sample that a visitor asks for."""

from __future__ import annotations

from dataclasses import replace

from fastapi.responses import HTMLResponse

from digest.model import Digest, Edition
from digest.pages import guard_headers, policy
from digest.publish.weekly import first_week, week_until
from digest.web.context import Site
from digest.web.errors import NothingYet
from subscribers.model import Cadence, Subscriber, WhenNothing

#: Of a mail: its own style, no script, no form, nothing loaded; its links lead elsewhere.
POLICY = policy(
    sandbox="allow-popups allow-popups-to-escape-sandbox",
    style_src="'unsafe-inline'",
    img_src="data:",
    form_action="'none'",
)
SAMPLE_READER = "reader@example.org"


def sample(here: Site, wanted: Subscriber) -> HTMLResponse:
    """The digest that these choices make of the latest edition, or week, as it would be mailed.

    Raises:
        NothingYet: there is no edition.
    """
    day = here.app.archive.latest()
    if day is None:
        raise NothingYet
    edition = here.app.publisher.edition(day)
    reader = replace(wanted, email=SAMPLE_READER, when_nothing=WhenNothing.TOP)
    digest = _selected(here, edition, reader)
    html, _, _ = here.app.renderer.parts(digest, here.app.now(), whole=True)
    return HTMLResponse(html, headers=guard_headers(POLICY))


def _selected(here: Site, edition: Edition, reader: Subscriber) -> Digest:
    """The week's digest for who wants one a week, else the day's."""
    if reader.schedule.cadence is Cadence.WEEKLY:
        week = week_until(here.app.archive, edition, here.app.now())
        return first_week(here.app.selector, week, reader)
    selector = here.app.selector(edition, [topic.text for topic in reader.topics])
    return selector.select(reader, occasion=f"sample {edition.date}")
