"""A test message: to one address of the operator's, over the configured mailer.

It is the previewed message made anew for that address. Its links belong to no subscriber, so
that nobody is unsubscribed by a test; its Message-ID is its own, so that no mail server takes
a second one for a repetition; and it never enters the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from digest.app import App
from digest.delivery import make_mailer
from digest.model import Message, Outcome
from digest.preview.choice import Choice
from digest.preview.errors import NothingToTest
from digest.preview.rendering import look
from digest.rendering import Renderer
from subscribers.address import normalise
from subscribers.errors import SubscriberSuppressed

MARK = "[Test] "
HEADER = "X-Paper-Digest-Test"


def make_test(app: App, choice: Choice, address: str) -> Message:
    """The previewed message, marked as a test and addressed to somebody else.

    Raises:
        InvalidAddress: the address is none.
        SubscriberSuppressed: nothing may be sent to it, a test neither.
        NothingToTest: there is no message, since nothing matched.
        PaperDigestError: as `look`.
    """
    email = normalise(address)
    held = app.subscribers.suppression(email)
    if held:
        raise SubscriberSuppressed(email=email, reason=held.reason, since=f"{held.at:%Y-%m-%d}")
    seen = look(app, choice)
    tester = replace(seen.reader, id=0, email=email)
    occasion = f"test {app.now().isoformat()}"
    renderer = Renderer(app.settings, app.ring, mark=MARK)
    if seen.digest is None:
        facts = _nobodys(seen.facts, app.settings.sender.public_url)
        message = renderer.compose_notice(
            seen.kind, tester, seen.at, occasion=occasion, facts=facts
        ).sign()
    elif seen.digest.entries:
        digest = replace(seen.digest, subscriber=tester, occasion=occasion)
        message = renderer.render(digest, seen.at)
    else:
        raise NothingToTest
    # Before the signed headers, as a server on the way adds its own: the signature still holds.
    return replace(message, data=f"{HEADER}: yes\r\n".encode() + message.data)


def _nobodys(facts: Mapping[str, str], home: str) -> dict[str, str]:
    """A stored notice's facts, its button leading to the site: the link is its reader's own."""
    return {**facts, "action_url": home} if facts.get("action_url") else dict(facts)


async def send(app: App, message: Message) -> Outcome:
    """Hands one message to the configured mailer.

    Raises:
        DeliveryError: it was not sent at all.
        ConfigError: the settings name no usable mailer.
    """
    mailer = app.mailer or make_mailer(app.settings)
    try:
        return await mailer.send(message)
    finally:
        if mailer is not app.mailer:
            await mailer.aclose()
