"""Feeds of blogs and labs: RSS, Atom and JSON Feed, of any address.

RSS and Atom are read by feedparser; JSON Feed by its specification
(https://www.jsonfeed.org/version/1.1/). A feed has no days of its own: a day holds what was
published on it, in UTC, and is closed twelve hours after its end, when it has ended in every
time zone. What bears no date counts for the day on which it is first seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from digest.errors import DayNotOpen
from digest.http import Answer, Client
from digest.identity import paper_key
from digest.model import DayState, Link, LinkKind, Paper, SourceDay
from digest.settings import FeedSource
from digest.sources.fields import Fields, phrases, web_address
from digest.sources.protocol import Malformed
from digest.sources.xml import parse_feed
from digest.text import clean, clean_html

CLOSES_AFTER = timedelta(days=1, hours=12)
LONGEST_TITLE = 120  # characters taken of the text of a post without title
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, */*;q=0.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An entry of a feed, whatever its format; texts are plain."""

    title: str
    text: str
    url: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    day: date | None


class Feed:
    """The source for one feed."""

    def __init__(
        self,
        settings: FeedSource,
        client: Client,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock

    @property
    def name(self) -> str:
        """The source's name in the settings."""
        return self._settings.name

    async def fetch(self, day: date) -> SourceDay:
        """What the feed published on a day; see `Source.fetch`."""
        if day > self._clock().date():
            raise DayNotOpen(source=self.name, day=day)
        answer = await self._client.get(self.name, self._settings.url, accept=ACCEPT)
        try:
            posts = read_posts(answer)
        except Malformed as fault:
            raise answer.invalid(fault.reason, f"{answer.url}, {fault.place}") from None
        return self._day(day, posts)

    def _day(self, day: date, posts: Sequence[Post]) -> SourceDay:
        now = self._clock()
        own = [post for post in posts if (post.day or now.date()) == day]
        closed = now >= datetime.combine(day, time(), UTC) + CLOSES_AFTER
        state = DayState.CLOSED if closed else DayState.OPEN
        if closed and not own:
            state = DayState.EMPTY
        return SourceDay(
            source=self.name,
            date=day,
            papers=tuple(self._paper(post, day) for post in own),
            state=state,
            reason="" if own else _why_none(day, posts),
            fetched_at=now,
        )

    def _paper(self, post: Post, day: date) -> Paper:
        links = (Link(LinkKind.PAGE, post.url),) if post.url else ()
        return Paper(
            key=paper_key(post.title, post.day or day, url=post.url),
            title=post.title,
            abstract=post.text,
            authors=post.authors,
            author_count=len(post.authors),
            organization=self._settings.organization,
            published=post.day,
            keywords=post.tags,
            links=links,
            sources=(self.name,),
        )


def _why_none(day: date, posts: Sequence[Post]) -> str:
    dated = [post.day for post in posts if post.day]
    if dated and day < min(dated):
        return f"the feed reaches back to {min(dated)} only"
    return "the feed has nothing of this day"


def read_posts(answer: Answer) -> list[Post]:
    """The entries of a feed that have a title or a text.

    Raises:
        Malformed: it is no feed; names the place.
    """
    if answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        found = list(_json_posts(answer.json()))
    else:
        found = [_xml_post(entry) for entry in parse_feed(answer.body, answer.url).entries]
    return [post for post in found if post.title]


def _xml_post(entry: Any) -> Post:  # noqa: ANN401  # feedparser has no types
    contents = [content.get("value", "") for content in entry.get("content", [])]
    text = clean_html(max([entry.get("summary", ""), *contents], key=len))
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    return Post(
        title=clean_html(entry.get("title", "")) or _shortened(text),
        text=text,
        url=web_address(entry.get("link", "")),
        authors=phrases(person.get("name", "") for person in entry.get("authors", [])),
        tags=phrases(tag.get("term", "") or "" for tag in entry.get("tags", [])),
        day=date(*moment[:3]) if moment else None,  # feedparser gives UTC
    )


def _json_posts(value: object) -> Iterator[Post]:
    feed = Fields(value, "")
    if not feed.text("version", "").startswith("https://jsonfeed.org/version/"):
        raise Malformed("version", "is none of JSON Feed")
    for number, item in enumerate(feed.items("items"), 1):
        yield _json_post(Fields(item, f"item {number}"))


def _json_post(item: Fields) -> Post:
    text = clean(item.text("content_text", "")) or clean_html(item.text("content_html", ""))
    text = text or clean(item.text("summary", ""))
    people = item.items("authors") or [item.values.get("author") or {}]
    names = (Fields(person, item.at("authors")).text("name", "") for person in people)
    return Post(
        title=clean(item.text("title", "")) or _shortened(text),
        text=text,
        url=item.address("url") or item.address("external_url") or web_address(_id(item)),
        authors=phrases(names),
        tags=phrases(item.texts("tags")),
        day=item.day("date_published") or item.day("date_modified"),
    )


def _id(item: Fields) -> str:
    """An id may be a number, which the specification asks readers to take as text."""
    value = item.values.get("id", "")
    return value if isinstance(value, str) else json.dumps(value)


def _shortened(text: str) -> str:
    """A title for a post without one: its first words."""
    if len(text) <= LONGEST_TITLE:
        return text
    return text[:LONGEST_TITLE].rsplit(" ", 1)[0] + "…"
