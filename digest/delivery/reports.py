"""Reports in the forms of RFC 3464 (delivery status), RFC 6533 and RFC 5965 (complaints)."""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message as Mail
from email.parser import HeaderParser

from digest.delivery.opened import addresses, decoded, parts, value, within
from digest.delivery.statuses import STATUS, told

MOST_BLOCKS = 50
_COMMENT = re.compile(r"\([^()]{0,300}\)")
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_ORIGINALS = ("message/rfc822", "message/global")
_HEADERS_ONLY = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_STAFF_COMPLAINT = re.compile(r"complaint about message from", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient of a report.

    Attributes:
        address: as the report writes it, "" where it does not.
        action: `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
        enhanced: the status that says most.
        text: the remote server's words.
    """

    address: str
    action: str
    enhanced: str
    text: str


def delivery_status(mail: Mail) -> tuple[list[Failure], str] | None:
    """The recipients of a delivery report and its ENVID, None where it is no such report."""
    part = next((p for p in parts(mail) if p.get_content_type() in _STATUS_PARTS), None)
    if part is None:
        return None
    blocks = _blocks(part)
    failures = [failure for block in blocks if (failure := _failure(block))]
    identities = (value(block, "Original-Envelope-Id").strip() for block in blocks)
    return failures, next(filter(None, identities), "")


def complaint(mail: Mail) -> bool:
    """Whether it is an abuse report; `not-spam`, `virus` and reports on sign-ins are none."""
    kind = _feedback(mail, "Feedback-Type")
    if kind is None:  # as Microsoft's service told before it had this form
        from_staff = value(mail, "From").lower().find("staff@hotmail") >= 0
        return from_staff and bool(_STAFF_COMPLAINT.search(value(mail, "Subject")))
    return kind.lower() in ("abuse", "fraud", "other", "opt-out", "")


def original_sender(mail: Mail) -> str:
    """The return path of the message that an abuse report is about, "" where it is not told."""
    return _feedback(mail, "Original-Mail-From") or ""


def original_recipient(mail: Mail) -> str:
    """Who got the message that an abuse report is about, "" where it is not told."""
    return _feedback(mail, "Original-Rcpt-To") or ""


def _feedback(mail: Mail, field: str) -> str | None:
    """A field of an abuse report, None where the mail is no such report."""
    for part in parts(mail):
        if part.get_content_type() == "message/feedback-report":
            fields = next(iter(within(part)), None) or _fields(decoded(part))
            return value(fields, field).strip()
    return None


def returned_headers(mail: Mail) -> Mail | None:
    """The headers of the message that a report is about."""
    for part in parts(mail):
        kind = part.get_content_type()
        if kind in _ORIGINALS and (inner := within(part)):
            return inner[0]
        if kind in _HEADERS_ONLY:
            return _fields(decoded(part))
    return None


def _blocks(part: Mail) -> list[Mail]:
    """The groups of fields of a status part, also where it was encoded as a whole."""
    groups = within(part)[:MOST_BLOCKS]
    if len(groups) > 1:
        return groups
    # Of another type, or encoded as a whole: then the library has not taken it apart.
    text = "".join(decoded(group) for group in groups) or decoded(part)
    with suppress(binascii.Error, ValueError):  # else it stands there in clear
        text = base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    pieces = re.split(r"\r?\n[ \t]*\r?\n", text)[:MOST_BLOCKS]
    return [*groups, *(_fields(piece.strip()) for piece in pieces)]


def _fields(text: str) -> Mail:
    """Fields that stood encoded in a mail; whatever parts they announce are not taken apart."""
    return HeaderParser().parsestr(text)


def _failure(block: Mail) -> Failure | None:
    action = _action(value(block, "Action"))
    diagnostic = " ".join(value(block, "Diagnostic-Code").split())
    found = STATUS.search(value(block, "Status"))
    status = told(found[1] if found else "", diagnostic)
    if not (action or found):
        return None
    original = value(block, "Original-Recipient") or value(block, "Final-Recipient")
    address = next(iter(addresses([original.partition(";")[2] or original])), "")
    return Failure(address, action or _acted(status), status, diagnostic)


def _action(text: str) -> str:
    """RFC 3464's word, also for what is written in its place."""
    word = _COMMENT.sub("", text).strip().lower()
    if word.startswith(("fail", "error", "undeliver", "bounce")):
        return "failed"
    if word.startswith(("delay", "defer", "warn")):
        return "delayed"
    return word if word in ("delivered", "relayed", "expanded") else ""


def _acted(status: str) -> str:
    """What was done, where only the status tells."""
    return {"2": "delivered", "4": "delayed", "5": "failed"}.get(status[:1], "failed")
