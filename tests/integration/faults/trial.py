"""A trial of a fault: deliveries, a server that misbehaves, and what is counted afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine, func, select

from digest.delivery import Judge, Limits, Outbox, Plan, Report, Sender, SmtpMailer
from digest.delivery.connect import Server
from digest.delivery.smtp import Deadlines
from digest.model import DeliveryState
from digest.settings import Delivering
from subscribers.store import SubscriberStore
from subscribers.tables import subscribers
from subscribers.tokens import Keyring
from tests.outboxes import NOW, add_readers, plans, render
from tests.smtpserver import FaultyServer

RING = Keyring({1: b"k" * 32}, 1)


@dataclass
class Trial:
    """So many deliveries in a database, and the senders that try them."""

    engine: Engine
    count: int
    command: float = 5.0
    body: float = 5.0
    connections: int = 4
    now: datetime = NOW
    reports: list[Report] = field(default_factory=list)

    def __post_init__(self) -> None:
        add_readers(self.engine, self.count)
        self.outbox = Outbox(self.engine)
        self.outbox.enqueue(plans(self.count))
        self.store = SubscriberStore(self.engine, RING)
        self.judge = Judge(self.engine, self.store, RING, Delivering())

    def mailer(self, server: FaultyServer) -> SmtpMailer:
        """A mailer of this trial's deadlines."""
        where = Server(
            host="127.0.0.1",
            port=server.port,
            tls="none",
            hello="test",
            deadlines=Deadlines(self.command, self.body),
        )
        return SmtpMailer(where, Limits(connections=self.connections, messages=1000))

    def sender(self, mailer: SmtpMailer, outbox: Outbox | None = None) -> Sender:
        """A sender by this trial's clock."""
        return Sender(
            outbox or self.outbox,
            mailer,
            render,
            Delivering(),
            lambda: self.now,
            refused=self.judge.refused,
        )

    async def run(self, server: FaultyServer, stop: asyncio.Event | None = None) -> Report:
        """One run, to its end."""
        mailer = self.mailer(server)
        try:
            self.reports.append(await self.sender(mailer).run(stop=stop))
        finally:
            await mailer.aclose()
        return self.reports[-1]

    async def finish(self, server: FaultyServer, most: int = 30) -> None:
        """Runs, each when the next delivery is due, until nothing waits."""
        for _ in range(most):
            await self.run(server)
            at = self.outbox.next_attempt_at()
            if at is None:
                return
            self.now = max(self.now + timedelta(seconds=1), at)

    def add(self, more: Iterable[Plan]) -> None:
        """Plans more deliveries."""
        self.count += self.outbox.enqueue(more)

    def result(self, server: FaultyServer, *, rightly: int = 0) -> Result:
        """What is counted at the end; `rightly` many addresses ought to be suppressed."""
        copies = Counter((got.recipient, got.message_id) for got in server.received)
        states = Counter({str(s): n for s, n in self.outbox.counts().items() if n})
        arrived = {got.recipient for got in server.received}
        silent = [
            row
            for row in self.outbox.rows(limit=self.count)
            if row.state is DeliveryState.ACCEPTED and row.recipient not in arrived
        ]
        with self.engine.connect() as connection:
            suppressed = connection.execute(
                select(func.count()).where(subscribers.c.suppressed)
            ).scalar_one()
        identities = Counter(recipient for recipient, _ in copies)
        return Result(
            deliveries=self.count,
            states=dict(states),
            lost=len(silent) + self.count - sum(states.values()),
            repeated=sum(copies.values()) - len(copies),
            suppressed=int(suppressed) - rightly,
            one_identity=set(identities.values()) <= {1},
        )


@dataclass(frozen=True)
class Result:
    """What came of a trial.

    Attributes:
        lost: said to be accepted and not received, or no longer in the outbox.
        repeated: copies beyond the first.
        one_identity: every copy of a message has the same Message-ID.
    """

    deliveries: int
    states: dict[str, int]
    lost: int
    repeated: int
    suppressed: int
    one_identity: bool


class Record(Protocol):
    """Notes a trial's result for the table."""

    def __call__(self, fault: str, result: Result, database: str = "") -> None:
        """Under the fault's name; the test's own database unless another is named."""
        ...
