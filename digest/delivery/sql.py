"""The outbox's statements that take a whole batch at once, in each database's own words.

Many rows of different values go in as one JSON document, which the database takes apart: a
statement for each row costs five times as much.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache

from sqlalchemy import TextClause, text

# What a batch holds, in order, with its type on PostgreSQL.
PLANNED = {
    "subscriber_id": "integer",
    "kind": "text",
    "occasion": "text",
    "recipient": "text",
    "domain": "text",
    "state": "text",
    "planned_at": "timestamptz",
    "due_at": "timestamptz",
    "expires_at": "timestamptz",
    "next_attempt_at": "timestamptz",
    "snapshot": "bigint",
    "selection": "text",
    "template": "text",
    "template_hash": "text",
    "key_id": "smallint",
    "text": "text",
}
# Of these, what stands in `selections`; and by what a delivery is known before it has a number.
FROZEN = ("selection", "template", "template_hash")
UNIQUE = ("subscriber_id", "kind", "occasion")
SETTLED = {
    "id": "bigint",
    "token": "integer",
    "state": "text",
    "next_attempt_at": "timestamptz",
    "code": "smallint",
    "enhanced": "text",
    "text": "text",
    "settled_at": "timestamptz",
}
CLAIMS = {"id": "bigint", "token": "integer"}
#: What is planned of a row of `deliveries`.
SMALL = ", ".join(name for name in PLANNED if name not in FROZEN)


@cache
def planning() -> TextClause:
    """PostgreSQL's statement that writes rows that are new; its row count is theirs."""
    rows = f"({batch(PLANNED, 'postgresql')}) AS v"
    return text(f"""
        WITH new AS (
            INSERT INTO deliveries ({SMALL}, owner, enhanced)
            SELECT {SMALL}, '', '' FROM {rows} ON CONFLICT DO NOTHING
            RETURNING id, {", ".join(UNIQUE)})
        INSERT INTO selections (delivery_id, {", ".join(FROZEN)})
        SELECT new.id, {", ".join(f"v.{name}" for name in FROZEN)}
          FROM new JOIN {rows} USING ({", ".join(UNIQUE)})
        ON CONFLICT DO NOTHING""")  # noqa: S608  # the parts are constants of this module


@cache
def releasing(dialect: str) -> TextClause:
    """Gives back what is still held, as if it had not been claimed."""
    return text(
        f"""
        UPDATE deliveries
           SET state = CASE WHEN attempts <= 1 THEN 'planned' ELSE 'deferred' END,
               attempts = attempts - 1, owner = '', next_attempt_at = {_at(dialect)}
          FROM ({batch(CLAIMS, dialect)}) AS v
         WHERE {_HELD}"""  # noqa: S608  # the parts are constants of this module
    )


@cache
def renewing(dialect: str) -> TextClause:
    """Holds what is still held for longer."""
    return text(
        f"""
        UPDATE deliveries SET next_attempt_at = {_at(dialect)}
          FROM ({batch(CLAIMS, dialect)}) AS v
         WHERE {_HELD}"""  # noqa: S608  # the parts are constants of this module
    )


@lru_cache(maxsize=1024)
def instant(moment: datetime | None) -> str | None:
    """An instant as `UtcDateTime` stores it on SQLite; PostgreSQL's sessions are in UTC."""
    if moment is None:
        return None
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


_HELD = "deliveries.id = v.id AND deliveries.token = v.token AND deliveries.state = 'sending'"


def _at(dialect: str) -> str:
    return "CAST(:at AS timestamptz)" if dialect == "postgresql" else ":at"


@cache
def placed(statement: str) -> str:
    """A statement whose values have names, in the words of PostgreSQL's driver."""
    return re.sub(r":(\w+)", r"%(\1)s", statement)


def batch(columns: dict[str, str], dialect: str) -> str:
    """The rows of the parameter `rows`: a JSON array of arrays, in the order of the columns."""
    typed = enumerate(columns.items())
    if dialect == "postgresql":
        fields = [f"CAST(value ->> {n} AS {kind}) AS {name}" for n, (name, kind) in typed]
        # Of `json`, each field of a row would be sought by reading the row anew.
        rows = "jsonb_array_elements(CAST(:rows AS jsonb))"
    else:
        fields = [f"value ->> {n} AS {name}" for n, (name, _) in typed]
        rows = "json_each(:rows)"
    return f"SELECT {', '.join(fields)} FROM {rows}"  # noqa: S608  # constants of this module
