from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from digest.archive import Archive
from digest.errors import DayNotOpen, SourceAnswerInvalid, SourceUnreachable
from digest.http import Client
from digest.model import DayState, LinkKind
from digest.settings import ArxivSource
from digest.sources.arxiv import Arxiv
from digest.sources.arxiv import source as module
from digest.sources.arxiv.entries import read_results
from digest.sources.pace import Pace
from tests.payloads import announced, arxiv_feed, arxiv_results, result
from tests.webserver import Reply, WebServer

pytestmark = pytest.mark.anyio

THURSDAY = date(2026, 8, 20)
MORNING = datetime(2026, 8, 20, 8, tzinfo=UTC)
FRIDAY = datetime(2026, 8, 21, 8, tzinfo=UTC)
FEED, API = "/atom/cs.LG+stat.ML", "/api"
Make = Callable[..., Arxiv]


@pytest.fixture
def arxiv(web: WebServer, client: Client, tmp_path: Path) -> Make:
    def make(now: datetime = MORNING, **changed: object) -> Arxiv:
        settings = ArxivSource.model_validate(
            {
                "kind": "arxiv", "categories": ["cs.LG", "stat.ML"],
                "feed_url": web.url + "/atom", "api_url": web.url + API, **changed,
            }
        )  # fmt: skip
        return Arxiv(settings, client, Pace(tmp_path / "arxiv.lock", 0), lambda: now)

    return make


async def test_an_announcement_is_a_closed_day(web: WebServer, arxiv: Make) -> None:
    web.answers(FEED, arxiv_feed([announced(1), announced(2, "cross")]))
    day = await arxiv().fetch(THURSDAY)
    assert (day.state, day.date, len(day.papers)) == (DayState.CLOSED, THURSDAY, 2)
    paper = day.papers[0]
    assert (paper.key, paper.version, paper.published) == ("arxiv:2608.00001", 1, THURSDAY)
    assert paper.abstract == "It costs $5 at α=1."
    assert paper.authors == ("Ada Author", "Ben Writer")
    assert paper.categories == ("cs.LG", "stat.ML")
    assert paper.link(LinkKind.PAGE) == "https://arxiv.org/abs/2608.00001"


async def test_cross_lists_can_be_left_out(web: WebServer, arxiv: Make) -> None:
    web.answers(FEED, arxiv_feed([announced(1), announced(2, "cross")]))
    assert len((await arxiv(cross_lists=False).fetch(THURSDAY)).papers) == 1


async def test_a_replaced_paper_returns_only_where_it_is_known(
    web: WebServer, arxiv: Make, sqlite_engine: Engine
) -> None:
    archive = Archive(sqlite_engine)
    old = announced(1, day="2026-08-19")
    web.answers(FEED, arxiv_feed([old]))
    archive.store([await arxiv(datetime(2026, 8, 19, 8, tzinfo=UTC)).fetch(date(2026, 8, 19))])
    again = [announced(1, "replace", version=2), announced(9, "replace-cross", version=4)]
    web.answers(FEED, arxiv_feed([announced(2), *again]))
    archive.store([await arxiv().fetch(THURSDAY)])
    edition = archive.edition(THURSDAY)
    assert [paper.key for paper in edition.papers] == ["arxiv:2608.00002"]
    assert edition.returns == (("arxiv:2608.00001", "version 2"),)


async def test_yesterdays_batch_under_todays_date_is_stale(web: WebServer, arxiv: Make) -> None:
    web.answers(FEED, arxiv_feed([announced(1, day="2026-08-19")]))
    day = await arxiv().fetch(THURSDAY)
    assert (day.state, day.papers) == (DayState.STALE, ())
    assert day.reason == "arXiv still shows the papers of 2026-08-19"


async def test_an_empty_feed_on_a_weekday_is_waited_for(web: WebServer, arxiv: Make) -> None:
    web.answers(FEED, arxiv_feed())
    day = await arxiv().fetch(THURSDAY)
    assert (day.state, day.reason) == (
        DayState.OPEN, "arXiv's feed is empty: its announcement is late",
    )  # fmt: skip


async def test_a_year_without_holidays_says_that_it_does_not_know(
    web: WebServer, arxiv: Make
) -> None:
    web.answers(FEED, arxiv_feed())
    day = await arxiv(datetime(2099, 8, 20, 8, tzinfo=UTC)).fetch(date(2099, 8, 20))
    assert "holidays of 2099 are not known" in day.reason


@pytest.mark.parametrize(
    ("day", "reason"), [(date(2026, 8, 22), "weekend"), (date(2026, 11, 27), "holiday")]
)
async def test_arxiv_is_not_asked_on_a_day_without_announcement(
    web: WebServer, arxiv: Make, day: date, reason: str
) -> None:
    found = await arxiv(datetime(2026, 12, 1, tzinfo=UTC)).fetch(day)
    assert (found.state, found.reason.partition(":")[0]) == (DayState.EMPTY, reason)
    assert web.asked == []


async def test_a_day_opens_when_the_feeds_are_renewed(arxiv: Make) -> None:
    with pytest.raises(DayNotOpen):
        await arxiv(datetime(2026, 8, 20, 3, 59, tzinfo=UTC)).fetch(THURSDAY)


async def test_a_folder_that_cannot_be_written_is_named(web: WebServer, client: Client) -> None:
    settings = ArxivSource(kind="arxiv", categories=("cs.LG",), feed_url=web.url)
    pace = Pace(Path("/nowhere/arxiv.lock"), 0, "arxiv")
    with pytest.raises(SourceUnreachable, match=r"arxiv: /nowhere/arxiv\.lock .*No such file"):
        await Arxiv(settings, client, pace, lambda: MORNING).fetch(THURSDAY)


async def test_a_past_day_is_asked_of_the_api_by_submission(web: WebServer, arxiv: Make) -> None:
    web.answers(API, arxiv_results([result(1), result(2)]))
    day = await arxiv(FRIDAY).fetch(THURSDAY)
    query = web.asked[0].query
    assert query["search_query"] == (
        "(cat:cs.LG OR cat:stat.ML) AND submittedDate:[202608181800 TO 202608191759]"
    )
    assert (day.state, len(day.papers)) == (DayState.CLOSED, 2)
    assert day.papers[0].categories == ("cs.LG",)


async def test_of_the_api_too_cross_lists_can_be_left_out(web: WebServer, arxiv: Make) -> None:
    web.answers(API, arxiv_results([result(1), result(2, "cs.CV")]))
    day = await arxiv(FRIDAY, cross_lists=False).fetch(THURSDAY)
    assert [paper.key for paper in day.papers] == ["arxiv:2608.00001"]


async def test_a_whole_archive_means_its_categories(web: WebServer, arxiv: Make) -> None:
    web.answers(API, arxiv_results([result(1)]))
    await arxiv(FRIDAY, categories=["cs"], cross_lists=False).fetch(THURSDAY)
    assert web.asked[0].query["search_query"].startswith("(cat:cs OR cat:cs.*) AND")


async def test_more_than_an_answer_may_hold_is_asked_in_slices(
    web: WebServer, arxiv: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 2)
    spans: list[str] = []

    def choose(query: dict[str, str]) -> Reply:
        span = query["search_query"].partition("[")[2].rstrip("]")
        spans.append(span)
        number = len(spans)
        whole = span.startswith("202608181800") and span.endswith("202608191759")
        return Reply(arxiv_results([result(number), result(number + 50)], 4 if whole else 2))

    web.chooses(API, choose)
    day = await arxiv(FRIDAY).fetch(THURSDAY)
    assert spans[1:] == ["202608181800 TO 202608190559", "202608190600 TO 202608191759"]
    assert len(day.papers) == 4


async def test_a_feed_that_was_cut_is_completed_by_the_api(
    web: WebServer, arxiv: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 2)
    web.answers(FEED, arxiv_feed([announced(1), announced(2)]))
    web.answers(API, arxiv_results([result(3)]))
    assert len((await arxiv().fetch(THURSDAY)).papers) == 3


async def test_an_answer_that_lacks_papers_is_refused(web: WebServer, arxiv: Make) -> None:
    web.answers(API, arxiv_results([], total=7))
    with pytest.raises(SourceAnswerInvalid, match="holds 0 of 7 papers"):
        await arxiv(FRIDAY).fetch(THURSDAY)


async def test_a_day_without_papers_in_these_categories_is_empty(
    web: WebServer, arxiv: Make
) -> None:
    web.answers(API, arxiv_results())
    day = await arxiv(FRIDAY).fetch(THURSDAY)
    assert day.reason == "arXiv announced nothing in these categories"


ENTITIES = b'<!DOCTYPE feed [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><feed>&b;</feed>'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (arxiv_feed([announced(1)])[:-80], "no whole XML"),
        (b"<!doctype html><html><p>Maintenance", "HTML where a feed was expected"),
        (ENTITIES, "declares entities"),
        (b"<note/>", "no RSS or Atom feed"),
        (b"", "no whole XML"),
        (b"/etc/hostname", "no whole XML"),
        (arxiv_feed([announced(1).replace("oai:arXiv.org:2608.", "oai:x")]), "entry 1, id"),
        (arxiv_feed([announced(1, title=" ")]), "entry 1, title: is empty"),
        (arxiv_feed([announced(1, published="soon")]), "entry 1, published: 'soon'"),
    ],
)
async def test_a_broken_feed_is_refused_with_its_place(
    web: WebServer, arxiv: Make, body: bytes, words: str
) -> None:
    web.answers(FEED, body)
    with pytest.raises(SourceAnswerInvalid) as caught:
        await arxiv().fetch(THURSDAY)
    assert words in str(caught.value)


async def test_what_the_api_cannot_read_is_told(web: WebServer, arxiv: Make) -> None:
    error = """<entry><id>http://arxiv.org/api/errors#x</id><title>Error</title>
      <summary>bad date</summary></entry>"""
    web.answers(API, arxiv_results([error]))
    with pytest.raises(SourceAnswerInvalid, match="bad date"):
        await arxiv(FRIDAY).fetch(THURSDAY)


async def test_a_server_that_fails_around_midnight_is_tried_again(
    web: WebServer, arxiv: Make
) -> None:
    web.answers(FEED, Reply(status=503), Reply(status=429), arxiv_feed([announced(1)]))
    assert len((await arxiv().fetch(THURSDAY)).papers) == 1


async def test_an_unreachable_server_is_named(arxiv: Make) -> None:
    with pytest.raises(SourceUnreachable, match="arxiv: http://127"):
        await arxiv(feed_url="http://127.0.0.1:9/atom").fetch(THURSDAY)


def test_recorded_answers_of_the_api_are_read(shared_data: Path) -> None:
    found = {}
    for path in (shared_data / "arxiv").glob("*.json"):
        record = json.loads(path.read_text())
        found[path.name.split("_s0")[0]] = read_results(record["body"].encode(), "u", "arxiv")
    assert {name: total for name, (total, _) in found.items()} == {
        "api-id_0000.0000": 0,
        "api-id_astro-ph_0601001": 1,
        "api-id_quant-ph_0201082v1": 1,
        "api-q_testing": 214881,
    }
    assert len(found["api-q_testing"][1]) == 10
    assert found["api-id_quant-ph_0201082v1"][1][0].key == "arxiv:quant-ph/0201082"
