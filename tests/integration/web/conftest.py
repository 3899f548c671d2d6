"""A served site on a database of its own, and a reader who gets digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from digest import sample
from digest.archive import Archive
from digest.links import Links
from digest.model import DayState, Edition, SourceDay
from digest.rendering import Renderer
from digest.settings import Sender, Settings
from digest.web import make_site
from digest.web.server import serving
from subscribers.model import Consent, Subscriber, Topic
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 22, 8, tzinfo=UTC)
PUBLIC_URL = "http://papers.example.org"


@dataclass
class Letters:
    """What was planned to be written, in order."""

    planned: list[tuple[str, Subscriber, str, dict[str, str]]] = field(default_factory=list)

    def notify(
        self, kind: str, reader: Subscriber, occasion: str, facts: Mapping[str, str] | None = None
    ) -> bool:
        new = all((kind, occasion) != (was, of) for was, _, of, _ in self.planned)
        if new:
            self.planned.append((kind, reader, occasion, dict(facts or {})))
        return new

    def welcome(self, reader: Subscriber, occasion: str) -> bool:
        return self.notify("welcome", reader, occasion)


@dataclass
class Installation:
    """The parts that the pages need, with a clock that a test can move."""

    engine: Engine
    settings: Settings = field(default_factory=Settings)
    ring: Keyring = field(default_factory=Keyring.generate)
    at: datetime = NOW

    @property
    def subscribers(self) -> SubscriberStore:
        return SubscriberStore(self.engine, self.ring)

    @property
    def archive(self) -> Archive:
        return Archive(self.engine)

    @cached_property
    def renderer(self) -> Renderer:
        return Renderer(self.settings, self.ring)

    @cached_property
    def publisher(self) -> Letters:
        return Letters()

    @property
    def links(self) -> Links:
        return Links(PUBLIC_URL, self.ring)

    def now(self) -> datetime:
        return self.at

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)

    def path(self, link: str) -> str:
        return link.removeprefix(PUBLIC_URL)


@pytest.fixture
def installation(engine: Engine, tmp_path: Path) -> Installation:
    sender = Sender(address="digest@example.org", public_url=PUBLIC_URL)
    return Installation(engine, Settings(sender=sender, cache=tmp_path / "cache"))


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
    installation.archive.store([day])
    return given


@pytest.fixture
def reader(installation: Installation) -> Subscriber:
    topics = (Topic(text="agent harness"), Topic(text="RL\nreinforcement learning"))
    wanted = Subscriber(email="reader@example.org", topics=topics)
    given = Consent(action="add", at=installation.now(), source="operator")
    return installation.subscribers.add(wanted, given)


@pytest.fixture
def web(installation: Installation) -> Iterator[httpx.Client]:
    """A browser without scripts and with nothing remembered: requests to the served site."""
    with (
        serving(make_site(installation)) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as client,
    ):
        yield client
