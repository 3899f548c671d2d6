"""The parts of an installation, each made when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from digest.archive import Archive
from digest.audit import AuditLog
from digest.calendars import Calendar, calendar_of
from digest.database import open_database
from digest.delivery import Desk, Judge, Mailer, Outbox
from digest.likes.store import LikeStore
from digest.link_keys import ring_of
from digest.model import Edition
from digest.outcomes import Outcomes
from digest.settings import Settings
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring

if TYPE_CHECKING:  # half of a short command's time: imported when they are first needed
    from digest.embedding import Embedder
    from digest.publish import Planner, Publisher
    from digest.rendering import Renderer
    from digest.selection import Selector
    from digest.sources import Source

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass
class Parts:
    """What an installation is made of.

    Attributes:
        source: in the place of the configured sources (tests, the demo).
        mailer: in the place of the configured mailer (tests, the demo, the preview).
        cores: how many there are to sign on; None is all that this process may use. Processes
            beside each other divide them.
    """

    settings: Settings
    now: Clock = utc_now
    source: Source | None = None
    mailer: Mailer | None = None
    cores: int | None = None
    _opened: list[Engine] = field(default_factory=list, repr=False)

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        engine = open_database(self.settings.database)
        self._opened.append(engine)
        return engine

    @cached_property
    def ring(self) -> Keyring:
        """The secrets from which links are derived.

        Raises:
            LinkKeysLost: they are not those that the database goes with.
        """
        return ring_of(self.engine, self.settings.keys)

    @cached_property
    def subscribers(self) -> SubscriberStore:
        """Who receives."""
        return SubscriberStore(self.engine, self.ring)

    @cached_property
    def archive(self) -> Archive:
        """The editions as they were published."""
        return Archive(self.engine)

    @cached_property
    def likes(self) -> LikeStore:
        """What readers liked and disliked."""
        return LikeStore(self.engine)

    @cached_property
    def outbox(self) -> Outbox:
        """The ledger of deliveries."""
        lease = timedelta(seconds=self.settings.delivery.lease_seconds)
        return Outbox(self.engine, lease, address_hash=self.ring.address_hash)

    @cached_property
    def desk(self) -> Desk:
        """The operator at the outbox."""
        return Desk(self.engine)

    @cached_property
    def audit(self) -> AuditLog:
        """What the operator did."""
        return AuditLog(self.engine)

    @cached_property
    def judge(self) -> Judge:
        """What follows from a bounce, a complaint or a reply."""
        goodbye, settings = self.publisher.goodbye, self.settings.delivery
        return Judge(self.engine, self.subscribers, self.ring, settings, left=goodbye)

    @cached_property
    def renderer(self) -> Renderer:
        """From digests to messages."""
        from digest.rendering import Renderer

        return Renderer(self.settings, self.ring)

    @cached_property
    def embedder(self) -> Embedder | None:
        """The model by which texts are compared, None where the settings name none."""
        from digest.embedding import configured

        return configured(self.settings)

    def selector(self, edition: Edition, topics: Iterable[str]) -> Selector:
        """Topics over an edition, ranked with all that this installation knows."""
        from digest.publish.ranking import make_selector

        return make_selector(self.archive, edition, topics, embedder=self.embedder)

    @cached_property
    def publisher(self) -> Publisher:
        """The path from an edition to planned deliveries."""
        from digest.publish import Publisher

        return Publisher(
            settings=self.settings,
            archive=self.archive,
            subscribers=self.subscribers,
            outbox=self.outbox,
            renderer=self.renderer,
            ring=self.ring,
            selector=self.selector,
            now=self.now,
        )

    @cached_property
    def outcomes(self) -> Outcomes:
        """What became of runs, and of readers' days without mail."""
        return Outcomes(self.engine)

    @cached_property
    def calendars(self) -> tuple[Calendar, ...]:
        """When the days of each source open, end and settle."""
        if self.source:
            return (Calendar(source=self.source.name),)
        return tuple(calendar_of(source) for source in self.settings.sources)

    @cached_property
    def planner(self) -> Planner:
        """Who is due, and what they get."""
        from digest.publish import Planner
        from digest.publish.gathering import Gathering

        return Planner(
            self.engine,
            self.archive,
            self.outbox,
            self.calendars,
            gathering=Gathering(
                self.archive, self.subscribers.topics_in_use, self.selector, self.now
            ),
            row=self.publisher.row,
        )
