"""The one place where the parts meet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from sqlalchemy import Engine

from digest import keys, sources
from digest.archive import Archive
from digest.audit import AuditLog
from digest.calendars import Calendar, calendar_of
from digest.database import check_schema, open_database, shown, upgrade
from digest.delivery import (
    Desk,
    Effect,
    Judge,
    Mailer,
    Outbox,
    Report,
    Sender,
    make_mailer,
    open_mailbox,
    read_mailbox,
)
from digest.embedding import Embedder, configured
from digest.http import Client
from digest.likes.store import LikeStore
from digest.model import Edition, Message, Outcome, Paper
from digest.outcomes import Outcomes
from digest.publish import Planner, Publisher, Pulled, pull_days
from digest.publish.gathering import Gathering
from digest.publish.ranking import make_selector
from digest.publish.standing import Ended, settle_due
from digest.rendering import Renderer
from digest.selection import Selector
from digest.settings import Settings
from digest.sources import Source
from subscribers.model import Subscriber
from subscribers.signup import SignUps
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass
class App:
    """An installation: its parts, made when they are first needed.

    Attributes:
        source: in the place of the configured sources (tests, the demo).
        mailer: in the place of the configured mailer (tests, the demo, the preview).
    """

    settings: Settings
    now: Clock = utc_now
    source: Source | None = None
    mailer: Mailer | None = None
    _opened: list[Engine] = field(default_factory=list, repr=False)

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        engine = open_database(self.settings.database)
        self._opened.append(engine)
        return engine

    @cached_property
    def ring(self) -> Keyring:
        """The secrets from which links are derived."""
        return keys.load_links(self.settings.keys)

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
        return Outbox(self.engine, address_hash=self.ring.address_hash)

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

    def read_bounces(self) -> Counter[Effect] | None:
        """Reads what came back and acts on it; None where the settings name no mailbox.

        Raises:
            MailerUnreachable: the mailbox cannot be opened.
        """
        mailbox = open_mailbox(self.settings)
        return read_mailbox(mailbox, self.judge, self.now()) if mailbox else None

    @cached_property
    def renderer(self) -> Renderer:
        """From digests to messages."""
        return Renderer(self.settings, self.ring)

    @cached_property
    def embedder(self) -> Embedder | None:
        """The model by which texts are compared, None where the settings name none."""
        return configured(self.settings)

    def selector(self, edition: Edition, topics: Iterable[str]) -> Selector:
        """Topics over an edition, ranked with all that this installation knows."""
        return make_selector(self.archive, edition, topics, embedder=self.embedder)

    @cached_property
    def publisher(self) -> Publisher:
        """The path from an edition to planned deliveries."""
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

    @property
    def address(self) -> str:
        """The database's address, without its password."""
        return shown(self.engine)

    def set_up(self) -> None:
        """Makes what an installation needs: the database's schema and the link keys."""
        keys.load_links(self.settings.keys)
        upgrade(self.engine)

    def check(self) -> None:
        """Refuses to work on a database of another schema.

        Raises:
            SchemaMismatch: says what to do.
        """
        check_schema(self.engine)

    def ask_to_confirm(self, subscriber: Subscriber) -> bool:
        """Plans the mail with the link by which a person confirms; False if today has one."""
        sign_ups = SignUps(self.engine, self.ring)
        request = sign_ups.sign_up(subscriber, self.now(), "operator")
        return self.publisher.notify("confirm", subscriber, request.id)

    async def pull(
        self, days: Iterable[date], *, done: Callable[[Pulled], None] = lambda _: None
    ) -> list[Pulled]:
        """Asks the sources for these days, and settles what is complete by then."""
        wanted = list(days)
        every = [(calendar.source, day) for calendar in self.calendars for day in wanted]
        answers = await self.pull_days(every, done=done)
        await asyncio.to_thread(self.settle)
        return answers

    async def pull_days(
        self,
        wanted: Iterable[tuple[str, date]],
        *,
        done: Callable[[Pulled], None] = lambda _: None,
    ) -> list[Pulled]:
        """Asks some sources for some days: (source, day)."""
        if self.source:
            return await pull_days((self.source,), self.archive, wanted, self.now, done=done)
        async with Client(self.settings.network, self.now) as client:
            chosen = sources.make(self.settings, client, self.now)
            return await pull_days(chosen, self.archive, wanted, self.now, done=done)

    async def look_up(self, ids: Sequence[str]) -> dict[str, Paper]:
        """Papers of arXiv by their ids, from its API.

        Raises:
            SourceError: it cannot be read.
        """
        async with Client(self.settings.network, self.now) as client:
            return await sources.look_up(ids, self.settings, client)

    def settle(self) -> list[Ended]:
        """Closes every edition whose time has come by its source's rule."""
        by_source = {calendar.source: calendar for calendar in self.calendars}
        return settle_due(self.archive, by_source, self.now())

    async def deliver(
        self,
        *,
        wait: timedelta = timedelta(0),
        stop: asyncio.Event | None = None,
        only: Sequence[int] | None = None,
        between: tuple[int, int] | None = None,
    ) -> Report:
        """Sends what the outbox holds, or a shard of it, with retries for as long as `wait`."""
        mailer = self.mailer or make_mailer(self.settings, self.engine)
        sender = Sender(
            self.outbox,
            mailer,
            self.publisher.render,
            self.settings.delivery,
            self.now,
            only=None if only is None else frozenset(only),
            between=between,
            refused=self.judge.refused,
        )
        try:
            return await sender.run(wait=wait, stop=stop)
        finally:
            if mailer is not self.mailer:
                await mailer.aclose()

    async def send_now(self, message: Message) -> Outcome:
        """Sends a message past the outbox: one to the operator.

        Raises:
            DeliveryError: nothing was sent.
        """
        mailer = self.mailer or make_mailer(self.settings, self.engine)
        try:
            return await mailer.send(message)
        finally:
            if mailer is not self.mailer:
                await mailer.aclose()

    def close(self) -> None:
        """Closes the database."""
        for engine in self._opened:
            engine.dispose()


def make_app(
    settings: Settings,
    *,
    source: Source | None = None,
    mailer: Mailer | None = None,
    clock: Clock = utc_now,
) -> App:
    """An installation with these settings; a source, a mailer and a clock can be put in."""
    return App(settings, now=clock, source=source, mailer=mailer)
