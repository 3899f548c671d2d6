"""A served site on a database of its own, and a reader who gets digests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import Engine

from digest.links import Links
from digest.settings import Settings
from digest.web import make_site
from digest.web.server import serving
from subscribers.model import Consent, Subscriber, Topic
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)


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
    def links(self) -> Links:
        return Links("http://papers.example.org", self.ring)

    def now(self) -> datetime:
        return self.at

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)

    def path(self, link: str) -> str:
        return link.removeprefix("http://papers.example.org")


@pytest.fixture
def installation(engine: Engine) -> Installation:
    return Installation(engine)


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
