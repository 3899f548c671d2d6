"""The sender: from the outbox to the mailer, as long as there is something due."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from digest.delivery.composing import Composer, Render, Rendering
from digest.delivery.mailer import Mailer
from digest.delivery.outbox import Outbox
from digest.delivery.owner import new_owner
from digest.delivery.patience import Patience
from digest.delivery.report import Report
from digest.delivery.run import Clock, Parts, Run
from digest.delivery.settler import Refused
from digest.delivery.tasks import streaming
from digest.settings import Delivering


def utc_now() -> datetime:
    """The clock of a real run."""
    return datetime.now(UTC)


class Sender:
    """Empties an outbox into a mailer. Several may share one outbox.

    Args:
        outbox: what is to be sent.
        mailer: where to; it stays open.
        render: makes a delivery's message: a composer, or a function, which may not wait.
        settings: how long and how often to try.
        clock: gives the present instant.
        kinds: only these, None for all.
        only: only of subscribers with these ids, None for all.
        between: only those with ids from the first to the second, a shard; None for all.
        refused: hears of every delivery that ended without being accepted: `Judge.refused`
            suppresses addresses that are gone, and counts soft bounces.
        cores: how many there are to sign on; None is all that this process may use.
    """

    def __init__(
        self,
        outbox: Outbox,
        mailer: Mailer,
        render: Render | Composer,
        settings: Delivering,
        clock: Clock = utc_now,
        *,
        kinds: frozenset[str] | None = None,
        only: frozenset[int] | None = None,
        between: tuple[int, int] | None = None,
        refused: Refused | None = None,
        cores: int | None = None,
    ) -> None:
        self._parts = Parts(
            outbox=outbox,
            mailer=streaming(mailer),
            composer=Rendering(render) if callable(render) else render,
            settings=settings,
            clock=clock,
            kinds=kinds,
            only=only,
            between=between,
            refused=refused,
            owner=new_owner(),
            patience=Patience(),
            cores=cores,
        )

    async def run(
        self, *, wait: timedelta = timedelta(), stop: asyncio.Event | None = None
    ) -> Report:
        """Sends what is due, and what becomes due within `wait`; says what came of it.

        Args:
            wait: how long to stay for what is due later or deferred.
            stop: once set, what is under way gets 30 seconds to end; the rest goes back.

        Raises:
            DatabaseError: the database stayed away for longer than the sender's patience.
        """
        until = time.monotonic() + wait.total_seconds()
        return await Run(self._parts, stop or asyncio.Event(), until).go()
