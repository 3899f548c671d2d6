"""Is this installation able to deliver? Each finding says what to add, ready to be copied.

Signing in and TLS, SPF (RFC 7208), DKIM keys against DNS (RFC 6376), DMARC and its alignment
(RFC 7489), the one-click endpoint (RFC 8058), the clock, the database, the templates, and who
can read the files that hold secrets.
"""

from __future__ import annotations

import asyncio
import ssl

from digest.dns import Dns
from digest.doctor.dns_records import in_dns
from digest.doctor.finding import Finding, Level
from digest.doctor.here import on_this_machine
from digest.doctor.lookup import Lookup
from digest.doctor.one_click import one_click
from digest.doctor.servers import bounce_mailbox, relay, sign_in
from digest.doctor.timeserver import clock
from digest.settings import Settings

__all__ = ["Finding", "Level", "Lookup", "examine"]


async def examine(
    settings: Settings, lookup: Lookup | None = None, trust: ssl.SSLContext | None = None
) -> list[Finding]:
    """Every check, in the order in which a person would mend.

    Args:
        settings: of the installation.
        lookup: asks DNS; this machine's resolver by default.
        trust: whose certificates count for the public address; the system's by default.
    """
    asked, trusted = lookup or Dns(), trust or ssl.create_default_context()
    findings = await asyncio.to_thread(lambda: list(on_this_machine(settings)))
    findings += [await sign_in(settings), *relay(settings)]
    findings += await asyncio.to_thread(lambda: [bounce_mailbox(settings)])
    findings += await asyncio.to_thread(lambda: list(in_dns(settings, asked)))
    findings += await asyncio.to_thread(lambda: [*one_click(settings, trusted), clock()])
    return findings
