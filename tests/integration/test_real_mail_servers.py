"""A round trip through servers that nobody here wrote: Postfix, Dovecot's LMTP, and IMAP."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from imapclient import IMAPClient
from pydantic import SecretStr
from sqlalchemy import Engine, select

from digest import returnpath
from digest.delivery import (
    Effect,
    Judge,
    Limits,
    Outbox,
    Sender,
    SmtpMailer,
    read_mailbox,
)
from digest.delivery.connect import Server
from digest.delivery.imap import Imap
from digest.errors import MailboxUnreadable
from digest.model import Delivery, DeliveryState, Message
from digest.settings import Bounces, Delivering
from subscribers.store import SubscriberStore
from subscribers.tables import subscribers
from subscribers.tokens import Keyring
from tests.mailservers import MailServers, access_token
from tests.outboxes import NOW, add_named, message, plan
from tests.support import missing

pytestmark = [pytest.mark.anyio, pytest.mark.postfix, pytest.mark.timeout(180)]

RING = Keyring({1: b"k" * 32}, 1)
SENDER = "digest@digest.example"


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServers]:
    if os.geteuid() or not (shutil.which("postfix") and shutil.which("dovecot")):
        missing("Postfix and Dovecot, and root to start them")
    servers = MailServers()
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()


def imap(servers: MailServers, user: str = "digest") -> Imap:
    section = Bounces(
        kind="imap", host="localhost", port=servers.imap, user=user, password=SecretStr("secret")
    )
    context = ssl.create_default_context(cafile=servers.authority.file)
    return Imap(section, "secret", context)


def mailer(servers: MailServers) -> SmtpMailer:
    where = Server(host="127.0.0.1", port=servers.smtp, tls="none", hello="test")
    return SmtpMailer(where, Limits(connections=2))


def arrived(servers: MailServers, user: str) -> bytes:
    """The newest mail of a user, once it is there."""
    context = ssl.create_default_context(cafile=servers.authority.file)
    for _ in range(200):
        with IMAPClient("localhost", servers.imap, ssl_context=context) as client:
            client.login(user, "secret")
            client.select_folder("INBOX")
            if numbers := client.search("ALL"):
                data: bytes = client.fetch(numbers[-1:], ["BODY[]"])[numbers[-1]][b"BODY[]"]
                return data
        time.sleep(0.1)
    raise TimeoutError("no mail came")


async def test_octets_and_signature_arrive_as_they_were(servers: MailServers) -> None:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    plain = (
        b"From: digest@digest.example\r\nTo: reader@example.org\r\nSubject: Ten papers\r\n"
        b"Date: Thu, 20 Aug 2026 08:00:00 +0000\r\nMessage-ID: <a@digest.example>\r\n\r\n"
        + b"A line of text=20\r\n.. and two dots\r\n"
        * 500
    )
    signature = dkim.sign(plain, b"s1", b"digest.example", private)
    sent = replace(message("reader@example.org"), data=signature + plain)
    connection = mailer(servers)
    assert (await connection.send(sent)).state is DeliveryState.ACCEPTED
    await connection.aclose()
    got = arrived(servers, "reader")
    assert got.endswith(sent.data)
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    assert dkim.verify(got, dnsfunc=lambda *_asked, **_options: record)


#: What becomes of each reader's digest: its end, the effect on the reader, whether suppressed.
ENDS = {
    "reader@example.org": (DeliveryState.ACCEPTED, "", None, False),
    "nobody@example.org": (DeliveryState.BOUNCED, "5.1.1", Effect.SUPPRESSED, True),
    "full@example.org": (DeliveryState.BOUNCED, "5.2.2", Effect.COUNTED, False),
    "reader@policy.example": (DeliveryState.BOUNCED, "5.7.1", Effect.OURS, False),
    "reader@silent.example": (DeliveryState.BOUNCED, "4.4.2", Effect.COUNTED, False),
    "reader@closed.example": (DeliveryState.BOUNCED, "4.4.1", Effect.COUNTED, False),
}


async def test_postfixs_own_bounces_reach_the_right_reader(
    engine: Engine, servers: MailServers
) -> None:
    add_named(engine, ENDS)
    store = SubscriberStore(engine, RING)
    judge = Judge(engine, store, RING, Delivering())
    outbox = Outbox(engine)
    outbox.enqueue([plan(n, recipient=who, key_id=1) for n, who in enumerate(ENDS, 1)])

    def rendered(row: Delivery) -> Message:
        token = returnpath.token(RING, row.subscriber_id, row.kind, row.occasion)
        path = returnpath.encode(SENDER, token)
        return message(row.recipient, name=str(row.id), sender=path, envelope_id=token)

    connection = mailer(servers)
    sender = Sender(outbox, connection, rendered, Delivering(), lambda: NOW)
    assert (await sender.run()).accepted == len(ENDS)
    await connection.aclose()
    expected = Counter(effect for _, _, effect, _ in ENDS.values() if effect)
    effects = Counter[Effect]()
    for _ in range(300):
        effects += read_mailbox(imap(servers), judge, NOW)
        if effects.total() >= expected.total():
            break
        await asyncio.sleep(0.1)
    assert effects == expected
    ends = {row.recipient: (row.state, row.enhanced) for row in outbox.rows()}
    for who, (state, enhanced, _, suppressed) in ENDS.items():
        assert ends[who] == (state, enhanced or "2.0.0"), who
        assert bool(store.suppression(who)) is suppressed, who
    with engine.connect() as database:
        counted = select(subscribers.c.email).where(subscribers.c.soft_bounces == 1)
        soft = {who for who, (_, _, effect, _) in ENDS.items() if effect is Effect.COUNTED}
        assert set(database.execute(counted).scalars()) == soft


def test_a_mailbox_is_opened_with_an_access_token(servers: MailServers) -> None:
    section = Bounces(
        kind="imap", host="localhost", port=servers.imap, user="digest", auth="xoauth2"
    )
    context = ssl.create_default_context(cafile=servers.authority.file)
    Imap(section, access_token("digest"), context).check()
    with pytest.raises(MailboxUnreadable):
        Imap(section, access_token("reader"), context).check()
    with pytest.raises(MailboxUnreadable):
        Imap(section, "secret", context).check()
