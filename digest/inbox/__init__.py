"""An SMTP server on this machine with a page that shows what came: the demo's inbox.

It takes any mail for anyone and keeps it in memory. Nothing is passed on, and nothing but
programs of this machine can reach it.
"""

from __future__ import annotations

from digest.inbox.background import BackgroundInbox, inbox_in_background
from digest.inbox.mailbox import Mailbox, Received
from digest.inbox.reading import Mail, read_mail
from digest.inbox.server import Inbox

__all__ = [
    "BackgroundInbox",
    "Inbox",
    "Mail",
    "Mailbox",
    "Received",
    "inbox_in_background",
    "read_mail",
]
