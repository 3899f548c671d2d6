"""What tests of delivery share: readers, plans and messages that are made in a line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert

from digest.delivery import Plan, SmtpMailer
from digest.model import Delivery, Message
from subscribers.model import SubscriptionStatus
from subscribers.tables import subscribers

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
BODY = b"Content-Type: text/plain; charset=us-ascii\r\n\r\nA digest.\r\n"


def add_readers(engine: Engine, count: int = 1, domain: str = "example.org") -> None:
    """So many confirmed readers, with ids from 1 on in a new database."""
    add_named(engine, [f"reader{number}@{domain}" for number in range(1, count + 1)])


def add_named(engine: Engine, addresses: Iterable[str]) -> None:
    """Confirmed readers of these addresses."""
    row = {
        "status": SubscriptionStatus.CONFIRMED,
        "cadence": "daily",
        "weekday": 0,
        "hour": 8,
        "minute": 0,
        "timezone": "UTC",
        "catch_up": False,
        "template": "daily",
        "locale": "en",
        "max_papers": 10,
        "near": False,
        "also_trending": True,
        "when_nothing": "silence",
        "created_at": NOW,
    }
    rows = [{**row, "email": address, "email_key": address} for address in addresses]
    with engine.begin() as connection:
        connection.execute(insert(subscribers), rows)


def plan(number: int = 1, **changes: object) -> Plan:
    """The plan of a daily digest for the reader of a number."""
    values: dict[str, object] = {
        "subscriber_id": number,
        "kind": "daily",
        "occasion": "2026-08-20",
        "recipient": f"reader{number}@example.org",
        "planned_at": NOW,
        "due_at": NOW,
        "expires_at": NOW + timedelta(days=2),
        "selection": "{}",
        "template": "daily",
    }
    return Plan(**{**values, **changes})  # type: ignore[arg-type]


def plans(count: int) -> Iterable[Plan]:
    """One for each reader from 1 on."""
    return (plan(number) for number in range(1, count + 1))


def message(
    recipient: str = "reader@example.org", data: bytes = BODY, name: str = "a", **changes: object
) -> Message:
    """A message to a recipient."""
    identity = f"<{name}@digest.example>"
    head = f"Message-ID: {identity}\r\n".encode()
    values: dict[str, object] = {"sender": "bounces@digest.example", "recipient": recipient}
    return Message(message_id=identity, data=head + data, **{**values, **changes})  # type: ignore[arg-type]


def render(delivery: Delivery) -> Message:
    """Stands for the renderer: a function of the row alone."""
    return message(delivery.recipient, name=f"{delivery.subscriber_id}.{delivery.occasion}")


async def close_after(mailer: SmtpMailer, turns: int) -> None:
    """Sends a message, and closes the mailer after so many turns of the loop.

    They stand for time: a message of a new connection takes some dozens of them.
    """
    sending = asyncio.create_task(mailer.send(message()))
    for _ in range(turns):
        await asyncio.sleep(0)
    await mailer.aclose()
    await asyncio.gather(sending, return_exceptions=True)
