"""The one place where the parts meet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from digest.database import check_schema, shown, upgrade
from digest.delivery import Effect, Mailer, Report, Sender
from digest.link_keys import remember
from digest.model import Edition, Message, Outcome, Paper
from digest.parts import Clock, Parts, utc_now
from digest.settings import Settings
from subscribers.model import Subscriber
from subscribers.signup import SignUps

if TYPE_CHECKING:  # half of a short command's time: imported when they are first needed
    from digest.publish import Pulled
    from digest.publish.standing import Ended
    from digest.sources import Source


class App(Parts):
    """An installation: what it can do, by its parts."""

    def read_bounces(self) -> Counter[Effect] | None:
        """Reads what came back and acts on it; None where the settings name no mailbox.

        Raises:
            MailboxUnreadable: the mailbox cannot be opened.
        """
        from digest.delivery import open_mailbox, read_mailbox

        mailbox = open_mailbox(self.settings)
        return read_mailbox(mailbox, self.judge, self.now()) if mailbox else None

    @property
    def address(self) -> str:
        """The database's address, without its password."""
        return shown(self.engine)

    def set_up(self) -> None:
        """Makes what an installation needs: the database's schema and the link keys.

        Raises:
            LinkKeysLost: the database goes with others than are here.
        """
        upgrade(self.engine)
        remember(self.engine, self.ring)

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
        from digest import sources
        from digest.http import Client
        from digest.publish import pull_days

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
        from digest import sources
        from digest.http import Client

        async with Client(self.settings.network, self.now) as client:
            return await sources.look_up(ids, self.settings, client)

    def settle(self) -> list[Ended]:
        """Closes every edition whose time has come by its source's rule."""
        from digest.publish.standing import by_source, settle_due

        return settle_due(self.archive, by_source(self.calendars), self.now())

    def count_figures(self) -> None:
        """Counts what moved for the operator's page: subscriptions, deliveries, matches."""
        from digest.figures import ConsentDays, Matches, Tallies

        ConsentDays(self.engine).count(self.now())
        Tallies(self.engine).count(self.now())
        Matches(self.engine, self._matches).count(self.now())

    def _matches(self, day: date, texts: Sequence[str]) -> tuple[Edition, Mapping[str, int]]:
        edition = self.publisher.edition(day)
        asked = self.selector(edition, texts).evaluation.asked
        return edition, {text: asked[text].matched for text in texts if text in asked}

    async def deliver(
        self,
        *,
        wait: timedelta = timedelta(0),
        stop: asyncio.Event | None = None,
        only: Sequence[int] | None = None,
        between: tuple[int, int] | None = None,
    ) -> Report:
        """Sends what the outbox holds, or a shard of it, with retries for as long as `wait`."""
        mailer = self.mailer or self._make_mailer()
        sender = Sender(
            self.outbox,
            mailer,
            self.publisher,
            self.settings.delivery,
            self.now,
            only=None if only is None else frozenset(only),
            between=between,
            refused=self.judge.refused,
            cores=self.cores,
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
        mailer = self.mailer or self._make_mailer()
        try:
            return await mailer.send(message)
        finally:
            if mailer is not self.mailer:
                await mailer.aclose()

    def _make_mailer(self) -> Mailer:
        from digest.delivery import make_mailer

        return make_mailer(self.settings, self.engine)

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
