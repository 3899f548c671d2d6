from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from digest.archive import Archive
from digest.errors import DayNotOpen, SourceAnswerInvalid
from digest.http import Client
from digest.model import DayState, LinkKind, Paper
from digest.settings import FeedSource
from digest.sources.feeds import Feed
from digest.sources.protocol import Malformed
from digest.sources.xml import parse_feed
from digest.testing import FakeSource, make_paper
from tests.support import keeps_pace
from tests.webserver import WebServer

pytestmark = pytest.mark.anyio

THURSDAY = date(2026, 8, 20)
LATER = datetime(2026, 8, 25, tzinfo=UTC)
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Lab</title>
  <item><title>A &lt;b&gt;bold&lt;/b&gt; post</title><link>https://lab.example/post?utm_source=rss</link>
    <description>&lt;p&gt;One &amp;amp; two&lt;script&gt;x()&lt;/script&gt;&lt;/p&gt;</description>
    <author>ada@example.org (Ada Author)</author><category>RL</category>
    <pubDate>Thu, 20 Aug 2026 23:30:00 -0400</pubDate></item>
  <item><title>Earlier that day</title><link>https://lab.example/earlier</link>
    <pubDate>Thu, 20 Aug 2026 01:00:00 GMT</pubDate></item>
  <item><title>{undated}</title><link>https://lab.example/undated</link></item>
  </channel></rss>""".replace("{undated}", "Without a date")
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://lab.example/blog/">
  <title>Lab</title><id>x</id><updated>2026-08-20T10:00:00Z</updated>
  <entry><id>1</id><title>On arXiv now</title><link href="https://arxiv.org/abs/2608.00001v1"/>
    <published>2026-08-20T10:00:00Z</published><author><name>Ada Author</name></author>
    <content type="html">&lt;p&gt;Long text.&lt;/p&gt;</content></entry>
  <entry><id>2</id><title>Relative</title><link href="second"/>
    <updated>2026-08-20T11:00:00+02:00</updated><summary>Short.</summary></entry></feed>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Lab",
    "items": [
        {
            "id": 1, "url": "https://lab.example/1", "title": "With all",
            "content_html": "<p>Text</p>", "tags": ["a", "a", "b"],
            "authors": [{"name": "Ada Author"}], "date_published": "2026-08-20T23:00:00-02:00",
        },
        {
            "id": "https://lab.example/2", "content_text": "word " * 50,
            "author": {"name": "Ben"}, "date_published": "2026-08-20T01:00:00Z",
        },
        {"id": "3"},
    ],
}  # fmt: skip
Fetch = Callable[..., object]


@pytest.fixture
def feed(web: WebServer, client: Client) -> Callable[..., Feed]:
    def make(body: str | bytes, now: datetime = LATER) -> Feed:
        web.answers("/feed", body if isinstance(body, bytes) else body.encode())
        settings = FeedSource(kind="feed", name="lab", url=web.url + "/feed", organization="Lab")
        return Feed(settings, client, lambda: now)

    return make


async def papers(feed: Feed, day: date = THURSDAY) -> tuple[Paper, ...]:
    return (await feed.fetch(day)).papers


async def test_rss_is_dated_in_utc(feed: Callable[..., Feed]) -> None:
    (earlier,) = await papers(feed(RSS))
    assert (earlier.title, earlier.published) == ("Earlier that day", THURSDAY)
    (post,) = await papers(feed(RSS), date(2026, 8, 21))
    assert post.title == "A bold post"


async def test_a_post_is_a_paper_known_by_its_address(feed: Callable[..., Feed]) -> None:
    (post,) = await papers(feed(RSS), date(2026, 8, 21))
    assert post.key == "url:https://lab.example/post"
    assert post.link(LinkKind.PAGE) == "https://lab.example/post?utm_source=rss"
    assert (post.abstract, post.keywords, post.organization) == ("One & two", ("RL",), "Lab")


async def test_a_post_that_is_a_paper_of_arxiv_has_its_id(feed: Callable[..., Feed]) -> None:
    first, second = await papers(feed(ATOM))
    assert (first.key, first.abstract, first.authors) == (
        "arxiv:2608.00001", "Long text.", ("Ada Author",),
    )  # fmt: skip
    assert second.link(LinkKind.PAGE) == "https://lab.example/blog/second"


async def test_a_json_feed_is_read(feed: Callable[..., Feed]) -> None:
    body = json.dumps(JSON_FEED)
    (second,) = await papers(feed(body))
    assert second.title.startswith("word word")
    assert second.title.endswith("…")
    assert (second.authors, second.key) == (("Ben",), "url:https://lab.example/2")
    (first,) = await papers(feed(body), date(2026, 8, 21))
    assert (first.title, first.abstract, first.keywords) == ("With all", "Text", ("a", "b"))


async def test_what_bears_no_date_is_of_the_day_on_which_it_is_seen(
    feed: Callable[..., Feed],
) -> None:
    (post,) = await papers(feed(RSS), LATER.date())
    assert (post.title, post.published) == ("Without a date", None)


async def test_what_bears_no_date_is_listed_once(
    feed: Callable[..., Feed], sqlite_engine: Engine
) -> None:
    archive = Archive(sqlite_engine)
    for day in (25, 26):
        now = datetime(2026, 8, day, tzinfo=UTC)
        archive.store([await feed(RSS, now).fetch(now.date())])
    assert [len(archive.edition(date(2026, 8, day)).papers) for day in (25, 26)] == [1, 0]


@pytest.mark.parametrize(("hour", "state"), [(11, "open"), (12, "closed")])
async def test_a_day_is_closed_when_it_has_ended_everywhere(
    feed: Callable[..., Feed], hour: int, state: str
) -> None:
    now = datetime(2026, 8, 21, hour, tzinfo=UTC)
    assert (await feed(RSS, now).fetch(THURSDAY)).state == state


async def test_a_day_without_posts_says_why(feed: Callable[..., Feed]) -> None:
    quiet = await feed(RSS).fetch(date(2026, 8, 22))
    assert (quiet.state, quiet.reason) == (DayState.EMPTY, "the feed has nothing of this day")
    gone = await feed(RSS).fetch(date(2026, 8, 1))
    assert gone.reason == "the feed reaches back to 2026-08-20 only"
    today = await feed(ATOM).fetch(LATER.date())
    assert today.state is DayState.OPEN


async def test_tomorrow_is_not_open(feed: Callable[..., Feed]) -> None:
    with pytest.raises(DayNotOpen):
        await feed(RSS).fetch(date(2026, 8, 26))


async def test_a_feed_that_is_whole_but_no_xml_is_read(feed: Callable[..., Feed]) -> None:
    (post,) = await papers(feed(RSS.replace("Earlier that", "Earlier&nbsp;that")))
    assert post.title == "Earlier that day"


async def test_comments_may_follow_a_feed_that_is_no_xml(feed: Callable[..., Feed]) -> None:
    untidy = RSS.strip().replace("Earlier that", "Earlier&nbsp;that")
    (post,) = await papers(feed(untidy + "<!-- </rss> -->\n<!---->\n"))
    assert post.title == "Earlier that day"


@pytest.mark.parametrize(
    ("body", "piece"),
    [
        ("<rss>&nbsp;</rss>{}x", "<!---->"),
        ("<rss>&nbsp;{}x", "</rss><!--"),
        (
            "<rss><channel><item><description><![CDATA[{}]]></description></item></channel></rss>",
            "<!--",
        ),
    ],
)
def test_a_hostile_feed_takes_as_long_as_it_is(body: str, piece: str) -> None:
    def read(text: str) -> None:
        with suppress(Malformed):
            parse_feed(body.format(text).encode(), "https://example.org/")

    assert keeps_pace(read, piece, 5_000)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (RSS[:-30], "no whole XML"),
        ("<html></html>", "is no RSS or Atom feed"),
        ("<!DOCTYPE html><html><p>Down", "HTML where a feed was expected"),
        ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>', "entities"),
        ('<!DOCTYPE rss [<!ENTITY x "y">]><rss>&x;&nbsp;</rss>', "entities"),
        ("<rss><!DOCTYPE x>&nbsp;</rss>", "no whole XML"),
        ("{", "no JSON"),
        ('{"version": "2", "items": []}', "version: is none of JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [3]}', "item 1: the number 3"),
    ],
)
async def test_a_broken_feed_is_refused(feed: Callable[..., Feed], body: str, words: str) -> None:
    with pytest.raises(SourceAnswerInvalid) as caught:
        await papers(feed(body))
    assert words in str(caught.value)


async def test_a_post_about_a_listed_paper_adds_its_link(
    feed: Callable[..., Feed], sqlite_engine: Engine
) -> None:
    archive = Archive(sqlite_engine)
    listed = make_paper(7, title="Earlier that day", published=THURSDAY)
    archive.store([FakeSource("hub").lists(THURSDAY, [listed])])
    archive.store([await feed(RSS).fetch(THURSDAY)])
    (paper,) = archive.edition(THURSDAY).papers
    assert paper.key == listed.key
    assert [link.url for link in paper.links][-1] == "https://lab.example/earlier"
