"""A served site on a database of its own, and a reader who gets digests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from digest import sample
from digest.app import App, make_app
from digest.links import Links
from digest.model import DayState, Delivery, Edition, SourceDay
from digest.rendering import to_email
from digest.settings import Sender, Settings
from digest.web import make_site
from digest.web.server import serving
from subscribers.model import Consent, Subscriber, Topic
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 22, 8, tzinfo=UTC)
PUBLIC_URL = "http://papers.example.org"


@dataclass
class Installation:
    """An application with a clock that a test can move."""

    app: App
    at: datetime = NOW

    def __post_init__(self) -> None:
        self.app.now = lambda: self.at

    @property
    def engine(self) -> Engine:
        return self.app.engine

    @property
    def ring(self) -> Keyring:
        return self.app.ring

    @property
    def subscribers(self) -> SubscriberStore:
        return self.app.subscribers

    @property
    def links(self) -> Links:
        return Links(PUBLIC_URL, self.ring)

    @property
    def letters(self) -> list[Delivery]:
        """What is to be mailed, in order."""
        return self.app.outbox.rows(limit=1000)

    def mailed_link(self, kind: str) -> str:
        """The path behind the button of the latest mail of a kind."""
        letter = [letter for letter in self.letters if letter.kind == kind][-1]
        body = to_email(self.app.publisher.render(letter)).get_body(("plain",))
        assert body
        lines = body.get_content().splitlines()
        return next(self.path(line) for line in lines if line.startswith(PUBLIC_URL))

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)

    def path(self, link: str) -> str:
        return link.removeprefix(PUBLIC_URL)


@pytest.fixture
def installation(engine: Engine, tmp_path: Path) -> Iterator[Installation]:
    settings = Settings(
        sender=Sender(address="digest@example.org", public_url=PUBLIC_URL),
        database=engine.url.render_as_string(hide_password=False),
        keys=tmp_path / "keys",
        cache=tmp_path / "cache",
    )
    made = Installation(make_app(settings))
    made.app.check()
    yield made
    made.app.close()


@pytest.fixture
def edition(installation: Installation) -> Edition:
    """The sample edition, archived."""
    given = sample.edition()
    day = SourceDay(
        source=given.source,
        date=given.date,
        papers=given.papers,
        state=DayState.CLOSED,
        fetched_at=NOW,
    )
    installation.app.archive.store([day])
    return given


@pytest.fixture
def reader(installation: Installation) -> Subscriber:
    topics = (Topic(text="agent harness"), Topic(text="RL\nreinforcement learning"))
    wanted = Subscriber(email="reader@example.org", topics=topics)
    given = Consent(action="add", at=installation.at, source="operator")
    return installation.subscribers.add(wanted, given)


@pytest.fixture
def web(installation: Installation) -> Iterator[httpx.Client]:
    """A browser without scripts: requests to the served site."""
    with (
        serving(make_site(installation.app)) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as client,
    ):
        yield client
