"""The outbox's statements that take a whole batch at once, in each database's own words.

Many rows of different values go in as one JSON document, which the database takes apart: a
statement for each row costs five times as much.
"""

from __future__ import annotations

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
def planning(dialect: str) -> tuple[TextClause, ...]:
    """Writes rows that are new; the last statement's row count is theirs."""
    batch = _batch(PLANNED, dialect)
    if dialect == "postgresql":
        return (text(moving(f"({batch}) AS v")),)
    new = f"""
        INSERT INTO deliveries ({SMALL}, owner, enhanced)
        SELECT {SMALL}, '', '' FROM ({batch}) AS v WHERE true ON CONFLICT DO NOTHING"""  # noqa: S608  # constants
    frozen = f"""
        INSERT INTO selections (delivery_id, {", ".join(FROZEN)})
        SELECT d.id, {_columns("v", FROZEN)}
          FROM ({batch}) AS v JOIN deliveries AS d USING ({", ".join(UNIQUE)}) WHERE true
        ON CONFLICT DO NOTHING"""  # noqa: S608  # the parts are constants of this module
    return text(new), text(frozen)


def moving(source: str) -> str:
    """PostgreSQL's statement that writes what is new of a relation with the planned columns.

    Args:
        source: the relation as FROM takes it, by the name v.
    """
    return f"""
        WITH new AS (
            INSERT INTO deliveries ({SMALL}, owner, enhanced)
            SELECT {SMALL}, '', '' FROM {source} ON CONFLICT DO NOTHING
            RETURNING id, {", ".join(UNIQUE)})
        INSERT INTO selections (delivery_id, {", ".join(FROZEN)})
        SELECT new.id, {_columns("v", FROZEN)}
          FROM new JOIN {source} USING ({", ".join(UNIQUE)})
        ON CONFLICT DO NOTHING"""  # noqa: S608  # the parts are constants


@cache
def settling(dialect: str) -> TextClause:
    """Advances the rows that are still held under the token they were claimed with."""
    return text(
        f"""
        UPDATE deliveries
           SET state = v.state, next_attempt_at = v.next_attempt_at, code = v.code,
               enhanced = v.enhanced, text = v.text, owner = '', settled_at = v.settled_at,
               uncertain = uncertain + CASE WHEN v.state = 'uncertain' THEN 1 ELSE 0 END
          FROM ({_batch(SETTLED, dialect)}) AS v
         WHERE {_HELD}
        RETURNING deliveries.id"""  # noqa: S608  # the parts are constants of this module
    )


@cache
def forgetting(dialect: str) -> TextClause:
    """Ends a row of soft bounces: the delivery before these, too, came to no bounce.

    That a server took a message says little, since a bounce comes later: that the one before
    has not come back says it.
    """
    numbers = f"SELECT id FROM ({_batch({'id': 'bigint'}, dialect)}) AS v"  # noqa: S608  # constants
    return text(
        f"""
        UPDATE subscribers SET soft_bounces = 0
         WHERE soft_bounces > 0
           AND id IN (SELECT subscriber_id FROM deliveries WHERE id IN ({numbers}))
           AND 'accepted' = (SELECT d.state FROM deliveries AS d
                              WHERE d.subscriber_id = subscribers.id
                                AND d.settled_at IS NOT NULL AND d.attempts > 0
                                AND d.id NOT IN ({numbers})
                              ORDER BY d.settled_at DESC, d.id DESC LIMIT 1)"""  # noqa: S608  # constants
    )


@cache
def releasing(dialect: str) -> TextClause:
    """Gives back what is still held, as if it had not been claimed."""
    return text(
        f"""
        UPDATE deliveries
           SET state = CASE WHEN attempts <= 1 THEN 'planned' ELSE 'deferred' END,
               attempts = attempts - 1, owner = '', next_attempt_at = {_at(dialect)}
          FROM ({_batch(CLAIMS, dialect)}) AS v
         WHERE {_HELD}"""  # noqa: S608  # the parts are constants of this module
    )


@cache
def renewing(dialect: str) -> TextClause:
    """Holds what is still held for longer."""
    return text(
        f"""
        UPDATE deliveries SET next_attempt_at = {_at(dialect)}
          FROM ({_batch(CLAIMS, dialect)}) AS v
         WHERE {_HELD}"""  # noqa: S608  # the parts are constants of this module
    )


@lru_cache(maxsize=1024)
def instant(moment: datetime | None) -> str | None:
    """An instant as `UtcDateTime` stores it on SQLite; PostgreSQL's sessions are in UTC."""
    if moment is None:
        return None
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


_HELD = "deliveries.id = v.id AND deliveries.token = v.token AND deliveries.state = 'sending'"


def _columns(of: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{of}.{name}" for name in names)


def _at(dialect: str) -> str:
    return "CAST(:at AS timestamptz)" if dialect == "postgresql" else ":at"


def _batch(columns: dict[str, str], dialect: str) -> str:
    """The rows of the parameter `rows`: a JSON array of arrays, in the order of the columns."""
    typed = enumerate(columns.items())
    if dialect == "postgresql":
        fields = [f"CAST(value ->> {n} AS {kind}) AS {name}" for n, (name, kind) in typed]
        rows = "json_array_elements(CAST(:rows AS json))"
    else:
        fields = [f"value ->> {n} AS {name}" for n, (name, _) in typed]
        rows = "json_each(:rows)"
    return f"SELECT {', '.join(fields)} FROM {rows}"  # noqa: S608  # constants of this module
