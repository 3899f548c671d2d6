"""Where messages are made: composed in the sender's event loop, signed by processes or there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Never

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils
from sqlalchemy import Engine

from digest.delivery import Outbox, Sender, composing
from digest.delivery.composing import Composed
from digest.errors import RenderError
from digest.model import Delivery, DeliveryState, Digest, Message, Outcome
from digest.rendering import Renderer, letter_of
from digest.settings import Delivering
from digest.signing_process import Hash, SigningKey, signing
from digest.testing import ACCEPTED, RecordingMailer
from tests import emails
from tests.outboxes import NOW, add_readers, plan, plans, render

pytestmark = pytest.mark.anyio

COUNT = 100
RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()


def hash_of(delivery: Delivery) -> bytes:
    return delivery.subscriber_id.to_bytes(32, "big")


@dataclass
class Notes:
    """A composer that notes in which thread it composes, and what is signed where."""

    signing_keys: Sequence[SigningKey] = (RSA, ED25519)
    composed: Counter[int] = field(default_factory=Counter)
    here: set[int] = field(default_factory=set)
    signed: dict[int, Sequence[bytes]] = field(default_factory=dict)

    def compose(self, delivery: Delivery) -> Composed:
        self.composed[threading.get_ident()] += 1
        return Noted(self, delivery)


@dataclass
class Noted:
    notes: Notes
    delivery: Delivery

    @property
    def hashes(self) -> list[Hash]:
        return [(number, hash_of(self.delivery)) for number in range(len(self.notes.signing_keys))]

    def signatures(self) -> list[bytes]:
        self.notes.here.add(self.delivery.subscriber_id)
        return [signing(self.notes.signing_keys[number])(digest) for number, digest in self.hashes]

    def sealed(self, signatures: Sequence[bytes]) -> Message:
        self.notes.signed[self.delivery.subscriber_id] = signatures
        return render(self.delivery)


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    add_readers(engine, COUNT)
    outbox = Outbox(engine)
    outbox.enqueue(plans(COUNT))
    return outbox


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes begin after one message."""
    monkeypatch.setattr(composing, "SIGNED_HERE", 1)


@pytest.fixture
def mailer() -> RecordingMailer:
    return RecordingMailer()


def sender(outbox: Outbox, mailer: RecordingMailer, notes: Notes, cores: int = 2) -> Sender:
    return Sender(outbox, mailer, notes, Delivering(), lambda: NOW, cores=cores)


def signers() -> list[int]:
    """The signing processes of this one."""
    mine = f"PPid:\t{os.getpid()}\n"
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            if b"signing_process" in (process / "cmdline").read_bytes():
                found += [int(process.name)] * (mine in (process / "status").read_text())
    return found


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("cores", [1, 2, 4])
async def test_each_message_gets_the_signatures_of_its_own_hashes(
    outbox: Outbox, mailer: RecordingMailer, cores: int
) -> None:
    notes = Notes()
    report = await sender(outbox, mailer, notes, cores).run()
    assert report.accepted == len(mailer.messages) == len(notes.signed) == COUNT
    for number, (by_rsa, by_ed25519) in notes.signed.items():
        digest = number.to_bytes(32, "big")
        hashed = utils.Prehashed(hashes.SHA256())
        RSA.public_key().verify(by_rsa, digest, padding.PKCS1v15(), hashed)
        ED25519.public_key().verify(by_ed25519, digest)


class Rendered:
    """Composes the same digest for each reader, with real keys."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self.signing_keys = renderer.signing_keys

    def compose(self, delivery: Delivery) -> Composed:
        return self._renderer.compose(letter_of(digest_for(delivery.subscriber_id)), emails.AT)


def digest_for(number: int) -> Digest:
    digest = emails.make_digest()
    return replace(digest, subscriber=replace(digest.subscriber, id=number))


@pytest.mark.usefixtures("soon")
async def test_a_message_is_the_same_octets_wherever_it_was_signed(
    outbox: Outbox, mailer: RecordingMailer, tmp_path: Path
) -> None:
    renderer = emails.make_renderer(tmp_path, signed=True)
    await Sender(outbox, mailer, Rendered(renderer), Delivering(), lambda: NOW, cores=2).run()
    rendered = [renderer.render(digest_for(n), emails.AT) for n in range(1, COUNT + 1)]
    assert {one.data for one in mailer.messages} == {one.data for one in rendered}


@pytest.mark.usefixtures("soon")
async def test_with_two_cores_a_process_signs(outbox: Outbox, mailer: RecordingMailer) -> None:
    notes = Notes()
    await sender(outbox, mailer, notes).run()
    assert len(notes.here) == composing.PART


@pytest.mark.usefixtures("soon")
async def test_processes_end_with_the_run(outbox: Outbox, mailer: RecordingMailer) -> None:
    before = signers()
    await sender(outbox, mailer, Notes()).run()
    assert signers() == before


@pytest.mark.usefixtures("soon")
async def test_with_one_core_no_process_takes_turns_with_the_loop(
    outbox: Outbox, mailer: RecordingMailer
) -> None:
    notes = Notes()
    await sender(outbox, mailer, notes, cores=1).run()
    assert len(notes.here) == COUNT


async def test_for_few_messages_no_process_is_started(
    outbox: Outbox, mailer: RecordingMailer
) -> None:
    notes = Notes()
    await sender(outbox, mailer, notes).run()
    assert len(notes.here) == COUNT


@dataclass
class Signalled(Noted):
    """Sends a signal to signing processes, the first time that there are any."""

    number: int

    def sealed(self, signatures: Sequence[bytes]) -> Message:
        for signer in signers():
            os.kill(signer, self.number)
        return super().sealed(signatures)


@dataclass
class Signalling(Notes):
    number: int = signal.SIGTERM

    def compose(self, delivery: Delivery) -> Composed:
        return Signalled(self, delivery, self.number)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_to_all_of_a_service_leaves_a_process_to_its_sender(
    outbox: Outbox, mailer: RecordingMailer, number: int
) -> None:
    notes = Signalling(number=number)
    await sender(outbox, mailer, notes).run()
    assert len(notes.here) == composing.PART


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_what_a_process_had_that_was_killed_or_hangs_is_signed_here(
    outbox: Outbox, mailer: RecordingMailer, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.signing.PATIENCE", 0.5)
    notes = Signalling(number=number)
    report = await sender(outbox, mailer, notes).run()
    assert report.accepted == len({one.recipient for one in mailer.messages}) == COUNT
    assert len(notes.here) > COUNT / 2


@pytest.mark.usefixtures("soon")
async def test_where_no_process_can_be_started_the_loop_signs(
    outbox: Outbox, mailer: RecordingMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    notes = Notes()
    report = await sender(outbox, mailer, notes).run()
    assert report.accepted == len(notes.here) == COUNT


@pytest.mark.usefixtures("soon")
async def test_what_a_process_has_when_a_stop_comes_goes_back(outbox: Outbox) -> None:
    stop = asyncio.Event()

    def answer(_: Message) -> Outcome:
        if len(stopping.messages) == 10:
            stop.set()
        return ACCEPTED

    stopping = RecordingMailer(answer)
    report = await sender(outbox, stopping, Notes()).run(stop=stop)
    counts = outbox.counts()
    assert report.accepted == counts[DeliveryState.ACCEPTED] == len(stopping.messages) < COUNT
    assert counts[DeliveryState.PLANNED] == COUNT - report.accepted


def test_a_signing_process_ends_with_a_sender_that_is_killed() -> None:
    code = (
        "import asyncio, os, signal\n"
        "from cryptography.hazmat.primitives.asymmetric import rsa\n"
        "from digest.delivery.signing import SigningProcess\n"
        "async def work():\n"
        "    key = rsa.generate_private_key(65537, 2048)\n"
        "    signer = SigningProcess([key], print, print)\n"
        "    print(signer._process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(work())\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False)
    assert killed.returncode == -signal.SIGKILL
    ended = subprocess.run(
        ["timeout", "20", "tail", f"--pid={int(killed.stdout)}", "-f", "/dev/null"],
        check=False,
    )
    assert ended.returncode == 0


async def test_what_a_first_message_reads_is_read_in_a_thread(
    outbox: Outbox, mailer: RecordingMailer
) -> None:
    outbox.enqueue([plan(occasion="2026-08-21", template="brief")])
    notes = Notes()
    await sender(outbox, mailer, notes).run()
    warmed = notes.composed.total() - notes.composed[threading.get_ident()]
    assert warmed == 2  # one for each template


async def test_an_error_of_the_signature_fails_its_message_alone(
    outbox: Outbox, mailer: RecordingMailer
) -> None:
    def spoilt(delivery: Delivery) -> Message:
        if delivery.subscriber_id == 7:
            raise RenderError(kind="daily", recipient=delivery.recipient, reason="no key")
        return render(delivery)

    report = await Sender(outbox, mailer, spoilt, Delivering(), lambda: NOW).run()
    assert (report.accepted, report.failed) == (COUNT - 1, 1)


@pytest.mark.parametrize(
    ("keys", "step"), [((RSA,), "signatures"), ((RSA,), "sealed"), ((), "sealed")]
)
async def test_a_defect_ends_the_run_and_gives_back_what_was_claimed(
    outbox: Outbox,
    mailer: RecordingMailer,
    keys: Sequence[SigningKey],
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def defect(*_: object) -> Never:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(Noted, step, defect)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        await sender(outbox, mailer, Notes(keys)).run()
    assert outbox.counts()[DeliveryState.PLANNED] == COUNT
    assert {row.attempts for row in outbox.rows()} == {0}


def test_a_hash_is_signed_as_its_octets_would_be() -> None:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"octets")
    made = signing(RSA)(digest.finalize())
    assert made == RSA.sign(b"octets", padding.PKCS1v15(), hashes.SHA256())
