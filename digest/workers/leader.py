"""Which of several `digest run` schedules: the one that holds an advisory lock of PostgreSQL.

The lock belongs to a session, so it ends with the process or its connection, and the next one
that asks has it. A connection pooler that shares sessions (PgBouncer's transaction mode) must
not stand between.
"""

from __future__ import annotations

import time
from contextlib import suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

#: Names the lock among others of the same database: "digest" as bytes.
LOCK = int.from_bytes(b"digest")
#: So long a confirmed lock is believed; a look takes longer where the network is cut.
BELIEVED = 5.0  # seconds


class Leader:
    """Whether this process is the one that schedules.

    Args:
        engine: on PostgreSQL; one of its connections is kept.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._session: Connection | None = None
        self._held = False
        self._confirmed = float("-inf")

    @property
    def leads(self) -> bool:
        """Whether it held the lock a moment ago."""
        return self._held and time.monotonic() - self._confirmed < BELIEVED

    def look(self) -> bool:
        """Takes the lock where it is free, or confirms it; called once a second, in a thread."""
        asked = time.monotonic()
        try:
            session = self._session = self._session or self._engine.connect()
            if self._held:
                session.execute(text("SELECT 1"))
            else:
                query = text("SELECT pg_try_advisory_lock(:lock)")
                self._held = bool(session.execute(query, {"lock": LOCK}).scalar_one())
            self._confirmed = asked
        except DBAPIError:
            self.release()
        return self.leads

    def release(self) -> None:
        """Gives the lock up, with its session."""
        self._held = False
        session, self._session = self._session, None
        if session is not None:
            with suppress(SQLAlchemyError):
                session.invalidate()
            with suppress(SQLAlchemyError):
                session.close()
