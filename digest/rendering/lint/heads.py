"""Checks of the headers: what mailbox providers and the law ask for (`docs/email.md`)."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

from digest.links import LONGEST_LIST_URI
from digest.model import Message
from digest.rendering.lint.findings import Finding, Severity
from digest.rendering.mime import to_email

_SINGLE = ("From", "To", "Subject", "Date", "Message-ID")
_LONG_SUBJECT = 78


def check_headers(message: Message) -> Iterator[Finding]:
    """The header block of a message."""
    read = to_email(message)
    for name in _SINGLE:
        if len(read.get_all(name, [])) != 1:
            problem = f"{len(read.get_all(name, []))} of it"
            yield Finding("headers", Severity.ERROR, name, problem, "There is to be exactly one.")
    yield from _check_subject(read)
    yield from _check_list(read)
    yield from _check_sender(read)
    if "DKIM-Signature" not in read:
        remedy = "`digest keys new` makes keys; without them the relay has to sign."
        yield Finding("headers", Severity.NOTE, "DKIM-Signature", "not signed here", remedy)


def _check_subject(read: EmailMessage) -> Iterator[Finding]:
    subject = str(read.get("Subject", ""))
    if not subject.strip():
        yield Finding("headers", Severity.ERROR, "Subject", "it is empty", "Print {{ subject }}.")
    elif len(subject) > _LONG_SUBJECT:
        problem = f"{len(subject)} characters; a phone shows about 40"
        remedy = "Put first what matters, and leave out the rest."
        yield Finding("headers", Severity.NOTE, "Subject", problem, remedy)


def _check_list(read: EmailMessage) -> Iterator[Finding]:
    way = str(read.get("List-Unsubscribe", "")).strip()
    if not way:
        return  # a notice belongs to no subscription
    by_mail = way.startswith("<mailto:")
    if len(way) > LONGEST_LIST_URI:
        remedy = f"Shorten sender.{'address, or set public_url' if by_mail else 'public_url'}."
        problem = f"{len(way)} characters, of {LONGEST_LIST_URI} that mail clients read"
        yield Finding("headers", Severity.ERROR, "List-Unsubscribe", problem, remedy)
    if by_mail:
        remedy = "Set sender.public_url to the https address of `digest web`."
        problem = "by mail only: Gmail and Yahoo ask bulk senders for one click"
        yield Finding("headers", Severity.NOTE, "List-Unsubscribe", problem, remedy)
    elif way.startswith("<http:"):
        remedy = "Set sender.public_url to an https address: one click asks for it (RFC 8058)."
        yield Finding("headers", Severity.ERROR, "List-Unsubscribe", "it is not https", remedy)
    elif read.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        remedy = "RFC 8058 wants exactly List-Unsubscribe=One-Click."
        yield Finding("headers", Severity.ERROR, "List-Unsubscribe-Post", "missing", remedy)


def _check_sender(read: EmailMessage) -> Iterator[Finding]:
    addresses = read["From"].addresses if "From" in read else ()
    domain = addresses[0].domain if addresses else ""
    if domain in {"localhost", ""} or "." not in domain:
        remedy = "Set sender.address to an address of your own domain."
        yield Finding("headers", Severity.WARNING, "From", f"the domain {domain!r}", remedy)
    if not str(read.get("Message-ID", "")).endswith(f"@{domain}>"):
        remedy = "It has to stand in the sender's own domain."
        yield Finding("headers", Severity.WARNING, "Message-ID", "of another domain", remedy)
