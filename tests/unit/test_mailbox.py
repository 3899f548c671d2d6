"""The mailbox keeps the latest mails within its bounds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from digest.inbox.mailbox import Mailbox

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 8, 21, 6, tzinfo=UTC)


def _mailbox(capacity: int = 10, capacity_bytes: int = 1000) -> Mailbox:
    return Mailbox(capacity=capacity, capacity_bytes=capacity_bytes)


async def _put(mailbox: Mailbox, *messages: bytes) -> None:
    for data in messages:
        await mailbox.put("digest@example.org", ("reader@example.org",), data, NOW)


async def test_mails_are_numbered_as_they_come() -> None:
    mailbox = _mailbox()
    await _put(mailbox, b"a", b"b")
    assert [(received.id, received.data) for received in mailbox.messages] == [(1, b"a"), (2, b"b")]


async def test_the_oldest_goes_when_there_are_too_many() -> None:
    mailbox = _mailbox(capacity=2)
    await _put(mailbox, b"a", b"b", b"c")
    assert [received.id for received in mailbox.messages] == [2, 3]
    assert mailbox.dropped == 1
    assert mailbox.find(1) is None


async def test_the_oldest_go_when_they_are_too_large_together() -> None:
    mailbox = _mailbox(capacity_bytes=10)
    await _put(mailbox, b"a" * 6, b"b" * 5, b"c" * 5)
    assert [received.id for received in mailbox.messages] == [2, 3]


async def test_the_newest_stays_whatever_its_size() -> None:
    mailbox = _mailbox(capacity_bytes=10)
    await _put(mailbox, b"a", b"b" * 100)
    assert [received.id for received in mailbox.messages] == [2]


async def test_one_who_waits_is_told() -> None:
    mailbox = _mailbox()
    waiting = asyncio.create_task(mailbox.wait_for(2, timeout=30))
    await _put(mailbox, b"a", b"b")
    assert len(await waiting) == 2


async def test_one_who_waits_in_vain_learns_how_many_came() -> None:
    mailbox = _mailbox()
    await _put(mailbox, b"a")
    with pytest.raises(TimeoutError, match="1 of 2 messages came within"):
        await mailbox.wait_for(2, timeout=0.01)
