from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from digest.archive import Archive
from digest.errors import DayNotOpen, SourceAnswerInvalid, SourceRefused
from digest.http import Client
from digest.model import DayState, LinkKind, Paper, SourceDay
from digest.settings import HuggingFaceSource
from digest.sources.huggingface import HuggingFace
from tests.payloads import daily, daily_item
from tests.webserver import Reply, WebServer

pytestmark = pytest.mark.anyio

THURSDAY = date(2026, 8, 20)
LATER = datetime(2026, 8, 22, tzinfo=UTC)
API = "/api/daily_papers"


@pytest.fixture
def source(web: WebServer, client: Client) -> Callable[[datetime], HuggingFace]:
    settings = HuggingFaceSource(base_url=web.url, deadline_hour=30, settle_after_hours=2)
    return lambda now: HuggingFace(settings, client, lambda: now)


async def fetched(
    web: WebServer, source: Callable[[datetime], HuggingFace], *items: object
) -> SourceDay:
    web.answers(API, json.dumps(items).encode())
    return await source(LATER).fetch(THURSDAY)


async def paper_of(
    web: WebServer, source: Callable[[datetime], HuggingFace], item: object
) -> Paper:
    (paper,) = (await fetched(web, source, item)).papers
    return paper


async def test_a_day_is_asked_for_by_its_date(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    web.answers(API, daily(2, 1))
    day = await source(LATER).fetch(THURSDAY)
    assert web.asked[0].query == {"date": "2026-08-20", "limit": "100"}
    assert [paper.key for paper in day.papers] == ["arxiv:2608.00002", "arxiv:2608.00001"]
    assert (day.source, day.date, day.state) == ("huggingface", THURSDAY, DayState.CLOSED)


async def test_every_field_of_a_paper_is_read(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    item = daily_item(
        7, ai_summary="In short.", ai_keywords=["a b", "c"], githubRepo="https://e.org/code",
        githubStars=5, projectPage="https://e.org/", organization={"name": "x", "fullname": "Lab"},
    )  # fmt: skip
    paper = await paper_of(web, source, item)
    assert (paper.title, paper.abstract, paper.summary) == (
        "Paper 7",
        "What it found.",
        "In short.",
    )
    assert (paper.upvotes, paper.comments, paper.stars) == (7, 2, 5)
    assert (paper.organization, paper.keywords) == ("Lab", ("a b", "c"))
    assert paper.link(LinkKind.CODE) == "https://e.org/code"
    assert paper.link(LinkKind.DISCUSSION) == "https://huggingface.co/papers/2608.00007"


async def test_a_paper_came_out_when_its_inner_date_says(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    paper = await paper_of(web, source, daily_item())
    assert paper.published == date(2026, 8, 17)


async def test_all_but_id_title_and_summary_may_be_missing(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    item = {"paper": {"id": "2608.00001v2", "title": "T", "summary": "S"}, "new": {"x": [1]}}
    paper = await paper_of(web, source, item)
    assert (paper.key, paper.upvotes, paper.published) == ("arxiv:2608.00001", None, None)


async def test_an_author_who_hides_is_not_named(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    people = [{"name": "Ada", "hidden": True}, {"name": "Ben"}, {"name": None}]
    paper = await paper_of(web, source, daily_item(authors=people))
    assert paper.authors == ("Ben",)


async def test_a_link_that_is_no_address_is_left_out(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    item = daily_item(githubRepo="javascript:alert(1)", projectPage='https://e.org/"><b>')
    paper = await paper_of(web, source, item)
    assert paper.link(LinkKind.CODE) is paper.link(LinkKind.PROJECT) is None


async def test_following_pages_are_asked_for(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    following = (("Link", f'<{web.url}{API}?date=2026-08-20&p=1>; rel="next"'),)
    pages = {"": Reply(daily(1, 2), headers=following), "1": Reply(daily(2, 3))}
    web.chooses(API, lambda query: pages[query.get("p", "")])
    day = await source(LATER).fetch(THURSDAY)
    assert len(day.papers) == 4  # the archive takes the one that moved between pages once
    assert [request.query.get("p") for request in web.asked] == [None, "1"]


async def test_pages_without_end_are_refused(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    web.answers(API, Reply(daily(1), headers=(("Link", f'<{API}?p=1>; rel="next"'),)))
    with pytest.raises(SourceAnswerInvalid, match="more than 50 pages"):
        await source(LATER).fetch(THURSDAY)


async def test_a_page_that_breaks_takes_the_whole_day_with_it(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    following = (("Link", f'<{API}?p=1>; rel="next"'),)
    pages = {"": Reply(daily(1), headers=following), "1": Reply(b"<html>Gateway</html>")}
    web.chooses(API, lambda query: pages[query.get("p", "")])
    with pytest.raises(SourceAnswerInvalid, match="HTML where JSON was expected"):
        await source(LATER).fetch(THURSDAY)


async def test_a_day_that_is_not_open_answers_400(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    web.answers(API, Reply(b'{"error": "Invalid date"}', 400))
    with pytest.raises(DayNotOpen, match="the day 2026-08-20 is not open yet"):
        await source(datetime(2026, 8, 20, 0, 5, tzinfo=UTC)).fetch(THURSDAY)
    with pytest.raises(SourceRefused, match="400: Invalid date"):
        await source(LATER).fetch(THURSDAY)


@pytest.mark.parametrize(("hours", "state"), [(6, "open"), (35, "open"), (36, "closed")])
async def test_a_day_closes_three_quiet_times_after_its_deadline(
    web: WebServer, source: Callable[[datetime], HuggingFace], hours: int, state: str
) -> None:
    web.answers(API, daily(1))
    now = datetime(2026, 8, 20, tzinfo=UTC) + timedelta(hours=hours)
    assert (await source(now).fetch(THURSDAY)).state == state


async def test_a_weekend_is_empty_and_says_so(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    web.answers(API, b"[]")
    day = await source(LATER).fetch(date(2026, 8, 22))
    assert (day.state, day.papers) == (DayState.EMPTY, ())
    assert day.reason.startswith("weekend")


@pytest.mark.parametrize(
    ("now", "state"), [(datetime(2026, 8, 20, 6, tzinfo=UTC), "open"), (LATER, "empty")]
)
async def test_a_weekday_without_papers_is_open_until_it_closes(
    web: WebServer, source: Callable[[datetime], HuggingFace], now: datetime, state: str
) -> None:
    web.answers(API, b"[]")
    assert (await source(now).fetch(THURSDAY)).state == state


async def test_yesterdays_papers_are_stale(
    web: WebServer, source: Callable[[datetime], HuggingFace]
) -> None:
    web.answers(API, daily(1, 2))
    day = await source(LATER).fetch(date(2026, 8, 21))
    assert day.state is DayState.STALE
    assert day.reason == "Hugging Face answered with the papers of 2026-08-20"


BROKEN = {
    "paper": ("item 1, paper: is missing", {"title": "T"}),
    "id": ("item 1, paper, id: is missing", daily_item(id=None)),
    "no id": ("'x' is no arXiv id", daily_item(id="x")),
    "title": ("paper, title: is empty", daily_item(title=" \n")),
    "summary": ("paper, summary: is missing", daily_item(summary=None)),
    "upvotes": ("upvotes: text where a whole number", daily_item(upvotes="many")),
    "negative": ("upvotes: -1 is no possible number", daily_item(upvotes=-1)),
    "date": ("publishedAt: 'soon' is no date", daily_item(publishedAt="soon")),
    "authors": ("authors, item 1: text where an object", daily_item(authors=["Ada"])),
    "keywords": ("ai_keywords, item 2: the number 5", daily_item(ai_keywords=["a", 5])),
    "item": ("item 1: the number 5 where an object", 5),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_an_item_that_is_broken_is_named(
    web: WebServer, source: Callable[[datetime], HuggingFace], name: str
) -> None:
    words, item = BROKEN[name]
    with pytest.raises(SourceAnswerInvalid) as caught:
        await fetched(web, source, item)
    assert words in str(caught.value)


async def test_a_day_that_grows_is_followed(
    web: WebServer, source: Callable[[datetime], HuggingFace], sqlite_engine: Engine
) -> None:
    archive = Archive(sqlite_engine)
    web.answers(API, daily(1), Reply(b"[", 200), daily(1, 2, 3), daily(3, 1, 2))
    times = [datetime(2026, 8, 20, 6, tzinfo=UTC) + timedelta(hours=hour) for hour in (0, 1, 2, 30)]
    counts = []
    for now in times:
        try:
            archive.store([await source(now).fetch(THURSDAY)])
        except SourceAnswerInvalid as error:
            archive.record_failure("huggingface", THURSDAY, str(error), now)
        counts.append(
            (len(archive.edition(THURSDAY).papers), archive.edition(THURSDAY).state.value)
        )
    assert counts == [(1, "filling"), (1, "filling"), (3, "filling"), (3, "settled")]


async def test_recorded_days_come_in_as_they_are(
    web: WebServer, source: Callable[[datetime], HuggingFace], shared_data: Path
) -> None:
    for path in sorted((shared_data / "daily_papers").glob("2026-08-*.json")):
        web.answers(API, path.read_bytes())
        day = await source(LATER).fetch(date.fromisoformat(path.stem))
        assert day.state is not DayState.STALE
        assert len(day.papers) == len(json.loads(path.read_bytes()))
