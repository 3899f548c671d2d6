"""Reports in the forms of RFC 3464 (delivery status) and RFC 5965 (complaints)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message as Mail

from digest.delivery.statuses import STATUS, told

_COMMENT = re.compile(r"\([^()]*\)")
_ADDRESS = re.compile(r"<?([^\s<>;,\"']+@[^\s<>;,\"']+?)>?\.?$")


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


def parts(mail: Mail) -> Iterator[Mail]:
    """All parts, outermost first, without what a report returns: that is our own text."""
    pending = [mail]
    while pending:
        part = pending.pop(0)
        yield part
        payload = part.get_payload()
        if part.is_multipart() and isinstance(payload, list):
            inner = part.get_content_maintype() == "multipart"
            pending[:0] = [p for p in payload if isinstance(p, Mail)] if inner else []


def delivery_status(mail: Mail) -> tuple[list[Failure], str] | None:
    """The recipients of a delivery report and its ENVID, None where it is no such report."""
    part = next((p for p in parts(mail) if p.get_content_type() == "message/delivery-status"), None)
    if part is None:
        return None
    groups = part.get_payload()
    blocks = [g for g in groups if isinstance(g, Mail)] if isinstance(groups, list) else []
    failures = [failure for block in blocks if (failure := _failure(block))]
    identities = (str(block["Original-Envelope-Id"] or "").strip() for block in blocks)
    return failures, next(filter(None, identities), "")


def complaint(mail: Mail) -> bool:
    """Whether it is an abuse report; `not-spam` and `virus` are none."""
    kind = _feedback(mail, "Feedback-Type")
    return kind is not None and kind.lower() in ("abuse", "fraud", "other", "")


def original_sender(mail: Mail) -> str:
    """The return path of the message that an abuse report is about, "" where it is not told."""
    return _feedback(mail, "Original-Mail-From") or ""


def _feedback(mail: Mail, field: str) -> str | None:
    """A field of an abuse report, None where the mail is no such report."""
    for part in parts(mail):
        if part.get_content_type() == "message/feedback-report":
            payload = part.get_payload()
            fields = payload[0] if isinstance(payload, list) and payload else None
            if not isinstance(fields, Mail):
                fields = message_from_string(str(payload))
            return str(fields[field] or "").strip()
    return None


def returned_headers(mail: Mail) -> Mail | None:
    """The headers of the message that a report is about."""
    for part in parts(mail):
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list) and payload:
            return payload[0] if isinstance(payload[0], Mail) else None
        if kind == "text/rfc822-headers":
            return message_from_string(str(payload))
    return None


def _failure(block: Mail) -> Failure | None:
    action = _action(str(block["Action"] or ""))
    diagnostic = " ".join(str(block["Diagnostic-Code"] or "").split())
    found = STATUS.search(str(block["Status"] or ""))
    status = found[1] if found else ""
    recipient = block["Original-Recipient"] or block["Final-Recipient"] or ""
    if not (action or status) or not (block["Final-Recipient"] or block["Original-Recipient"]):
        return None
    return Failure(_address(str(recipient)), action, told(status, diagnostic), diagnostic)


def _action(value: str) -> str:
    """RFC 3464's word, also for what is written in its place."""
    word = _COMMENT.sub("", value).strip().lower()
    if word.startswith(("fail", "error")):
        return "failed"
    return "delayed" if word.startswith("delay") else word


def _address(value: str) -> str:
    """`rfc822; reader@example.org` without its type."""
    found = _ADDRESS.search(value.partition(";")[2].strip() or value.strip())
    return found[1] if found else ""
