"""Delivery: the outbox, the mailers, and the loop between them."""

from __future__ import annotations

from digest.delivery.bounces import Kind, Notice, read
from digest.delivery.composing import Render
from digest.delivery.desk import Desk, Heap, Which
from digest.delivery.files import FilesMailer, MaildirMailer
from digest.delivery.holds import EVERYWHERE, Hold
from digest.delivery.judge import Effect, Judge
from digest.delivery.mailboxes import Mailbox, Maildir, open_mailbox, read_mailbox
from digest.delivery.mailer import Answer, Mailer, StreamingMailer
from digest.delivery.make import make_mailer
from digest.delivery.outbox import Claimed, Outbox
from digest.delivery.pacing import Limits
from digest.delivery.pauses import Pause
from digest.delivery.plan import GOODBYE, TRANSACTIONAL, Plan
from digest.delivery.pool import SmtpMailer
from digest.delivery.report import Report
from digest.delivery.retry import Settlement
from digest.delivery.sender import Sender

__all__ = [
    "EVERYWHERE",
    "GOODBYE",
    "TRANSACTIONAL",
    "Answer",
    "Claimed",
    "Desk",
    "Effect",
    "FilesMailer",
    "Heap",
    "Hold",
    "Judge",
    "Kind",
    "Limits",
    "Mailbox",
    "Maildir",
    "MaildirMailer",
    "Mailer",
    "Notice",
    "Outbox",
    "Pause",
    "Plan",
    "Render",
    "Report",
    "Sender",
    "Settlement",
    "SmtpMailer",
    "StreamingMailer",
    "Which",
    "make_mailer",
    "open_mailbox",
    "read",
    "read_mailbox",
]
