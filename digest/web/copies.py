"""A digest on the web, why it is as it is, and one's own digests as a feed."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Response

from digest.links import read_web_copy
from digest.model import Delivery, Digest
from digest.publish.reasons import of_delivery
from digest.rendering.shared import also_key
from digest.rendering.views import headings
from digest.selection import Why
from digest.web.archive import latest_days
from digest.web.context import NOBODY, Here, Site
from digest.web.errors import CopyGone, OfSample
from digest.web.feeds import FeedKind
from digest.web.listing import Row, as_bibtex, as_feed, row
from subscribers.model import Subscriber, WhenNothing
from subscribers.tokens import Purpose, verify

router = APIRouter()
FEED_EDITIONS = 10
_SENT = (Why.CHOSEN, Why.ALSO, Why.MISSED)


@router.api_route("/w/{token}.bib", methods=["GET", "HEAD"])
def bibliography(here: Here, token: str) -> Response:
    """A digest's papers as BibTeX."""
    digest = _digest(here, token)
    return as_bibtex(_rows(here, digest), f"digest-{digest.date}")


@router.api_route("/w/{token}", methods=["GET", "HEAD"])
def copy(here: Here, token: str) -> Response:
    """A digest as it was sent, whole."""
    digest = _digest(here, token)
    language = here.language_of(digest.subscriber)
    lists = (("section.missed", digest.missed), (also_key(digest), digest.also))
    values = {
        "digest": digest,
        "rows": _rows(here, digest),
        "lists": [
            (language(heading), [row(language, paper, digest.date) for paper in papers])
            for heading, papers in lists
            if papers
        ],
        "token": token,
        "preferences": here.path("p", Purpose.PREFERENCES, digest.subscriber.id),
        "word": language,
    }
    return here.page("archive/copy.html.j2", values)


@router.api_route("/w/{token}/why", methods=["GET", "HEAD"])
async def why(here: Here, token: str) -> Response:
    """Paper by paper, what a digest holds or left out, and by which rule."""
    return await here.cpu.run(_why, here, token)


def _why(here: Site, token: str) -> Response:
    delivery = _delivery(here, token)
    reader = here.reader(delivery.subscriber_id)
    language = here.language_of(reader)
    lines = of_delivery(here.app.archive, delivery, here.app.selector, language)
    left_out = [line for line in lines if line.verdict not in _SENT]
    values = {
        "sent": [line for line in lines if line.verdict in _SENT],
        # What a topic is about comes first; of the rest there is nothing to tell.
        "left_out": sorted(left_out, key=lambda line: line.verdict == Why.NO_MATCH),
        "token": token,
        "word": language,
    }
    return here.page("archive/why.html.j2", values)


@router.api_route("/feed/{token}.{kind}", methods=["GET", "HEAD"])
async def feed(here: Here, token: str, kind: FeedKind) -> Response:
    """The digests of a reader's topics, of the latest editions."""
    return await here.cpu.run(_feed, here, token, kind)


def _feed(here: Site, token: str, kind: FeedKind) -> Response:
    reader = here.reader(verify(here.app.ring, token, Purpose.FEED).subscriber_id)
    rows = [one for digest in _selected(here, reader) for one in _rows(here, digest)]
    title = here.language_of(reader)("copy.feed")
    return as_feed(here, rows, title, f"/feed/{token}.{kind}", kind)


def _selected(here: Site, reader: Subscriber) -> list[Digest]:
    """What the latest editions hold for a reader; a day without a match stays empty."""
    asked = replace(reader, when_nothing=WhenNothing.SILENCE)
    days = latest_days(here, FEED_EDITIONS)
    archive, publisher = here.app.archive, here.app.publisher
    return [digest for day in days for digest in publisher.select(archive.edition(day), [asked])]


def _delivery(here: Site, token: str) -> Delivery:
    """The delivery of a digest.

    Raises:
        CopyGone: it is kept no more, or is none of a digest.
        OfSample: it was never kept.
    """
    number, kind, occasion = read_web_copy(here.app.ring, token)
    if number == NOBODY:
        raise OfSample
    for delivery in here.app.outbox.rows(subscriber_id=number, occasion=occasion):
        if delivery.kind == kind and delivery.snapshot is not None:
            return delivery
    raise CopyGone


def _digest(here: Site, token: str) -> Digest:
    digest = here.app.publisher.digest_of(_delivery(here, token))
    if digest is None:
        raise CopyGone
    return digest


def _rows(here: Site, digest: Digest) -> list[Row]:
    language = here.language_of(digest.subscriber)
    return [
        row(language, entry.paper, digest.date, language.reason(entry.reason), heading)
        for entry, heading in zip(digest.entries, headings(digest, language), strict=True)
    ]
