"""A rehearsal: the whole path on a copy of the database, with a mailer that sends nothing.

What it comes to is what a run would do at the same moment, since it is the same code on the
same state; and nothing of it is stored.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, Table, select

from digest.app import App, make_app
from digest.archive.tables import metadata as archive
from digest.database import open_database, shown, upgrade, writing
from digest.errors import DatabaseError
from digest.model import Delivery, DeliveryState, Digest, Message, Outcome
from subscribers.model import Subscriber
from subscribers.tables import metadata as others

_BLOCK = 1000
_TO_BE_SENT = (DeliveryState.PLANNED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A message that would be handed to the mail server.

    Attributes:
        delivery: its row.
        digest: what was selected; None for a notice.
    """

    delivery: Delivery
    digest: Digest | None


class _NoMailer:
    """Takes every message, and sends none."""

    async def send(self, message: Message) -> Outcome:
        """As if it had been accepted."""
        del message
        return Outcome(state=DeliveryState.ACCEPTED)

    async def aclose(self) -> None:
        """Nothing is open."""


@contextmanager
def rehearsing(app: App) -> Iterator[App]:
    """The same installation on a copy of its database, which is gone afterwards.

    Raises:
        DatabaseError: it cannot be copied.
    """
    with TemporaryDirectory(prefix="paper-digest-") as folder:
        url = f"sqlite:///{Path(folder) / 'rehearsal.sqlite3'}"
        _copy(app.engine, url)
        settings = app.settings.model_copy(update={"database": url})
        copy = make_app(settings, source=app.source, mailer=_NoMailer(), clock=app.now)
        try:
            yield copy
        finally:
            copy.close()


async def foresee(copy: App, readers: Sequence[Subscriber] | None) -> list[Foreseen]:
    """Delivers what the copy's outbox holds to nobody; returns what was handed over.

    Args:
        copy: as `rehearsing` gives it, after everything was planned.
        readers: only what is for them; None for all.
    """
    only = None if readers is None else [reader.id for reader in readers]
    waiting = {row.id for state in _TO_BE_SENT for row in _rows(copy, state)}
    await copy.deliver(only=only)
    sent = [row for row in _rows(copy, DeliveryState.ACCEPTED) if row.id in waiting]
    return [Foreseen(row, copy.publisher.digest_of(row)) for row in sent]


def _rows(copy: App, state: DeliveryState) -> Iterator[Delivery]:
    after = 0
    while block := copy.outbox.rows(after=after, limit=_BLOCK, state=state):
        yield from block
        after = block[-1].id


def _copy(engine: Engine, url: str) -> None:
    if engine.dialect.name == "sqlite":
        _copy_file(engine, url.removeprefix("sqlite:///"))
        return
    target = open_database(url)
    upgrade(target)
    tables = [*others.sorted_tables, *archive.sorted_tables]
    # One moment for all tables, whatever is committed meanwhile.
    still = engine.execution_options(isolation_level="REPEATABLE READ")
    with still.connect() as reading, writing(target).begin() as connection:
        for table in tables:
            _copy_table(reading, connection, table)
    target.dispose()


def _copy_file(engine: Engine, path: str) -> None:
    """By SQLite's own backup, which goes on while others write."""
    with engine.connect() as connection, closing(sqlite3.connect(path)) as target:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)  # noqa: S101  # for the type checker
        try:
            source.backup(target)
        except sqlite3.Error as error:
            raise DatabaseError(url=shown(engine), reason=error) from None


def _copy_table(reading: Connection, written: Connection, table: Table) -> None:
    found = reading.execute(select(table), execution_options={"yield_per": _BLOCK})
    for block in found.mappings().partitions():
        written.execute(table.insert(), [dict(row) for row in block])
