"""An installation of several machines: PostgreSQL, mail server, schedulers, workers."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from digest.app import make_app
from digest.config import load
from subscribers.model import Cadence, Consent, Schedule, Subscriber, Topic
from tests.acceptance.command import Digest
from tests.hosts import Host, Network
from tests.smtpserver import FaultyServer, Session
from tests.support import PostgresServer

#: Ids are so far apart that twenty readers, or twenty deliveries, are a shard.
READER, DELIVERY = 500, 250
_CLAIMED = """SELECT recipient FROM deliveries
               WHERE state = 'sending' AND owner LIKE :owner || '%'"""
_JOBS = """SELECT id, lock, status, attempts, scheduled_at, worker_id,
                  (SELECT now() - last_heartbeat FROM procrastinate_workers w
                    WHERE w.id = worker_id) AS silent
             FROM procrastinate_jobs WHERE status <> 'succeeded'"""
_SESSIONS = """SELECT pid, client_addr, state, now() - state_change AS since, query,
                      pg_blocking_pids(pid) AS waits_for
                 FROM pg_stat_activity WHERE datname = current_database()
                  AND (state <> 'idle' OR cardinality(pg_blocking_pids(pid)) > 0)"""
_DUE = f"UPDATE subscribers SET due_at = now() WHERE id / {READER} BETWEEN :first AND :last"


@dataclass
class Plant:
    """Hosts, what runs on them, and what is counted.

    Attributes:
        digest: the command; every host has the same settings.
        mail: takes all messages.
        patience: for so many seconds something is waited for.
        held: for each fault, whose messages were claimed where it happened.
    """

    network: Network
    database: PostgresServer
    engine: Engine
    digest: Digest
    mail: FaultyServer
    patience: float
    hosts: dict[str, Host] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    held: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def start(self, name: str, *arguments: str) -> None:
        """Starts a command on a host, which is made where it is new."""
        if name not in self.hosts:
            self.hosts[name] = self.network.host(name)
        command = self.hosts[name].command(*self.digest.command(*arguments, "--json-logs"))
        where: dict[str, Any] = {"cwd": self.digest.folder, "env": self.digest.environment}
        with (self.digest.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, **where)

    def kill(self, name: str) -> None:
        """Kills all processes of a host."""
        self.processes[name].kill()
        self.processes[name].wait()
        self._note(f"{name} killed", name)

    def cut(self, name: str) -> None:
        """Cuts a host off."""
        self.network.cut(self.hosts[name])
        self._note(f"{name} cut off", name)

    def mend(self, name: str) -> None:
        """Connects it again."""
        self.network.mend(self.hosts[name])

    def restart_database(self) -> None:
        """PostgreSQL ends as in a crash, and comes back."""
        self.database.stop("immediate")
        time.sleep(1)
        self.database.start()
        self.engine.dispose()
        self._note("PostgreSQL restarted", "")

    def claimed(self, name: str) -> list[str]:
        """Whose messages the senders of a host have; of all hosts for ""."""
        return [row.recipient for row in self.sql(_CLAIMED, owner=name)]

    def told(self, name: str, event: str) -> bool:
        """Whether a host's log has an event."""
        return f'"event": "{event}"' in self._log_of(name)

    def begun(self, name: str) -> int:
        """How often the workers of a host have begun."""
        return self._log_of(name).count("Working on ")

    def add_readers(self, count: int) -> None:
        """Readers who are not due: it is about noon where they are, and they want the evening."""
        variables = self.digest.variables | {"DIGEST_DATABASE": str(self.engine.url)}
        app = make_app(load(self.digest.folder / "digest.toml", variables))
        self.sql(f"ALTER SEQUENCE subscribers_id_seq INCREMENT BY {READER}")
        self.sql(f"ALTER SEQUENCE deliveries_id_seq INCREMENT BY {DELIVERY}")
        now = datetime.now(UTC)
        zone = f"Etc/GMT{now.hour - 12:+d}"
        schedule = Schedule(cadence=Cadence.DAILY, hour=20, timezone=zone)
        given = Consent(action="add", at=now - timedelta(minutes=10), source="operator")
        for number in range(count):
            address, topics = f"r{number}@example.org", (Topic(text="agents"),)
            reader = Subscriber(email=address, topics=topics, schedule=schedule)
            app.subscribers.add(reader, given)
        app.close()

    def due(self, first: int, last: int) -> None:
        """Readers fall due, by their place among all."""
        self.sql(_DUE, first=first, last=last)

    def arrive(self, count: int) -> None:
        """Waits until so many readers have their message."""
        self.wait(lambda: len(self.copies()) >= count, f"{count} messages")

    def wait(self, true: Callable[[], object], what: str) -> None:
        """Waits for something."""
        until = time.monotonic() + self.patience
        while not true():
            if time.monotonic() > until:
                raise AssertionError(f"waited for {what}; {self._state()}")
            time.sleep(0.2)

    def copies(self) -> Counter[str]:
        """How often each reader's message arrived."""
        return Counter(one.recipient for one in tuple(self.mail.received))

    def sql(self, statement: str, **values: object) -> list[Any]:
        """Rows of a statement, which is committed."""
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return list(result) if result.returns_rows else []

    def _state(self) -> str:
        """What there is to see where something did not come."""
        rows = [dict(row._mapping) for query in (_JOBS, _SESSIONS) for row in self.sql(query)]
        lines = [f"{len(self.copies())} arrived", *(str(row) for row in rows)]
        for name in self.processes:
            lines += [f"{name}: {line}" for line in self._log_of(name).splitlines()[-8:]]
        return "\n".join(lines)

    def _log_of(self, name: str) -> str:
        return (self.digest.folder / f"{name}.log").read_text()

    def _note(self, fault: str, name: str) -> None:
        time.sleep(0.5)  # what was on its way when it happened
        self.held.append((fault, frozenset(self.claimed(name))))


async def slowly(_session: Session, verb: str) -> None:
    """A mail server that takes its time, so that each fault finds messages on their way."""
    if verb == "BODY":
        await asyncio.sleep(0.25)


@contextmanager
def serving(server: FaultyServer) -> Iterator[FaultyServer]:
    """Runs a mail server in a thread of its own."""
    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    ready = threading.Event()

    async def serve() -> None:
        async with server:
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
