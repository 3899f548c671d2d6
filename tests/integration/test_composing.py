"""Where messages are made: composed in the sender's event loop, signed in threads."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine

from digest.delivery import Outbox, Sender
from digest.delivery.composing import Composed
from digest.errors import RenderError
from digest.model import Delivery, DeliveryState, Message
from digest.settings import Delivering
from digest.testing import RecordingMailer
from tests.outboxes import NOW, add_readers, plan, plans, render

pytestmark = pytest.mark.anyio


@dataclass
class Notes:
    """A composer that notes in which thread it composes and signs."""

    signs: bool
    composed: Counter[int] = field(default_factory=Counter)
    signed: Counter[int] = field(default_factory=Counter)

    def compose(self, delivery: Delivery) -> Composed:
        self.composed[threading.get_ident()] += 1
        return Noted(self, delivery, self.signs)


@dataclass
class Noted:
    notes: Notes
    delivery: Delivery
    signs: bool

    def signatures(self) -> bytes:
        self.notes.signed[threading.get_ident()] += 1
        return b"Signed: yes\r\n"

    def sealed(self, signatures: bytes) -> Message:
        assert signatures == b"Signed: yes\r\n"
        return render(self.delivery)


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    add_readers(engine, 100)
    outbox = Outbox(engine)
    outbox.enqueue(plans(100))
    return outbox


async def test_signatures_are_made_in_threads_and_the_rest_is_not(outbox: Outbox) -> None:
    notes, mailer = Notes(signs=True), RecordingMailer()
    report = await Sender(outbox, mailer, notes, Delivering(), lambda: NOW, cores=2).run()
    here = threading.get_ident()
    assert report.accepted == len(mailer.messages) == 100
    assert notes.composed[here] == 100
    assert here not in notes.signed


async def test_with_one_core_no_thread_takes_turns_with_the_loop(outbox: Outbox) -> None:
    notes, mailer = Notes(signs=True), RecordingMailer()
    report = await Sender(outbox, mailer, notes, Delivering(), lambda: NOW, cores=1).run()
    assert report.accepted == 100
    assert set(notes.signed) == {threading.get_ident()}


async def test_a_function_may_wait_so_it_has_a_thread_even_then(outbox: Outbox) -> None:
    threads: set[int] = set()

    def noted(delivery: Delivery) -> Message:
        threads.add(threading.get_ident())
        return render(delivery)

    await Sender(outbox, RecordingMailer(), noted, Delivering(), lambda: NOW, cores=1).run()
    assert threading.get_ident() not in threads


async def test_without_a_signature_no_thread_is_asked(outbox: Outbox) -> None:
    notes, mailer = Notes(signs=False), RecordingMailer()
    report = await Sender(outbox, mailer, notes, Delivering(), lambda: NOW).run()
    assert report.accepted == 100
    assert set(notes.signed) == {threading.get_ident()}


async def test_what_a_first_message_reads_is_read_in_a_thread(outbox: Outbox) -> None:
    outbox.enqueue([plan(occasion="2026-08-21", template="brief")])
    notes = Notes(signs=False)
    await Sender(outbox, RecordingMailer(), notes, Delivering(), lambda: NOW).run()
    warmed = notes.composed.total() - notes.composed[threading.get_ident()]
    assert warmed == 2  # one for each template


async def test_an_error_of_the_signature_fails_its_message_alone(outbox: Outbox) -> None:
    def spoilt(delivery: Delivery) -> Message:
        if delivery.subscriber_id == 7:
            raise RenderError(kind="daily", recipient=delivery.recipient, reason="no key")
        return render(delivery)

    report = await Sender(outbox, RecordingMailer(), spoilt, Delivering(), lambda: NOW).run()
    assert (report.accepted, report.failed) == (99, 1)


@pytest.mark.parametrize("signs", [True, False])
async def test_a_defect_ends_the_run_and_gives_back_what_was_claimed(
    outbox: Outbox, signs: bool
) -> None:
    class Defect(Noted):
        def signatures(self) -> bytes:
            raise ZeroDivisionError("a defect")

    class Broken(Notes):
        def compose(self, delivery: Delivery) -> Composed:
            return Defect(self, delivery, self.signs)

    sender = Sender(outbox, RecordingMailer(), Broken(signs=signs), Delivering(), lambda: NOW)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        await sender.run()
    assert outbox.counts()[DeliveryState.PLANNED] == 100
    assert {row.attempts for row in outbox.rows()} == {0}
