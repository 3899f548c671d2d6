from __future__ import annotations

import asyncio

import pytest

from digest.delivery.tasks import ROOM, streaming
from digest.model import Message, Outcome
from digest.testing import RecordingMailer

pytestmark = pytest.mark.anyio

MESSAGE = Message(message_id="<1@example.org>", sender="a@example.org",
                  recipient="reader@example.org", data=b"")  # fmt: skip


async def test_a_message_that_comes_as_the_last_task_ends_is_sent() -> None:
    """All tasks end within one turn of the loop; before the next, more is handed in."""
    mailer, answers = streaming(RecordingMailer()), list[Outcome | None]()

    def answer(outcome: Outcome | None) -> None:
        answers.append(outcome)
        if len(answers) == ROOM:  # the turn in which every task ends
            asyncio.get_running_loop().call_soon(mailer.submit, MESSAGE, answers.append)

    for _ in range(ROOM):
        mailer.submit(MESSAGE, answer)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(answers) == ROOM + 1
