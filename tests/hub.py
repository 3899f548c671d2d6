"""Hugging Face as a real web server on loopback, which grows, repeats itself and fails as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.webserver import Reply, WebServer, serve

PATH = "/api/daily_papers"


@dataclass
class Hub:
    """Answers for each day with the papers that it has so far.

    Attributes:
        count: how many papers a day has by now.
        lists: the day whose papers are given for a day; another one is a stale answer.
        down: answers 503.
    """

    count: Callable[[date], int] = lambda _: 12
    lists: Callable[[date], date] = lambda day: day
    down: bool = False
    web: WebServer = field(default_factory=WebServer)

    def reply(self, query: dict[str, str]) -> Reply:
        if self.down:
            return Reply(b"try later", 503)
        asked = date.fromisoformat(query["date"])
        day = self.lists(asked)
        many = self.count(day) if day.weekday() < 5 else 0
        items = [item(day, number) for number in range(many)]
        kind = (("Content-Type", "application/json"),)
        return Reply(json.dumps(items).encode(), headers=kind)


def item(day: date, number: int) -> dict[str, object]:
    """One item as the API gives it."""
    at = f"{day}T00:00:00.000Z"
    paper = {
        "id": f"{day:%y%m}.{day.day:02}{number:03}",
        "title": f"Paper {number} of {day} about agents",
        "summary": f"What agents do, told a {number}. time on {day}.",
        "authors": [{"name": "Ada Author"}],
        "publishedAt": (day - timedelta(days=1)).isoformat() + "T00:00:00.000Z",
        "submittedOnDailyAt": at,
        "upvotes": 40 - number,
    }
    return {"paper": paper, "title": paper["title"], "publishedAt": at, "numComments": 1}


@contextmanager
def hub_running() -> Iterator[Hub]:
    """A hub that answers until the block ends; its address is `hub.web.url`."""
    hub = Hub()
    hub.web.chooses(PATH, hub.reply)
    server = serve(hub.web)
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
