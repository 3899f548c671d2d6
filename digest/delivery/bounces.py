"""What comes back, read: bounces, delays, complaints, auto-replies, and "unsubscribe".

Reading decides nothing about a reader: whose it is says a verified token, and what follows says
`digest.delivery.judge`. Nothing in a hostile mail stops the reading: its size and its nesting
are bounded before it is parsed (`digest.delivery.hostile`).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message as Mail
from enum import StrEnum

from digest.delivery import hostile, wording
from digest.delivery.opened import (
    addresses,
    own_text,
    returned_lines,
    subject,
    value,
    whole_text,
)
from digest.delivery.reports import (
    Failure,
    complaint,
    delivery_status,
    original_recipient,
    original_sender,
    returned_headers,
)
from digest.delivery.statuses import STATUS
from digest.delivery.wish import asks_to_leave
from digest.links import find_unsubscribe

LARGEST = 400_000  # octets that are read of a mail
MOST_REFERENCES = 50
MOST_LINES = 10_000  # beyond, flufl.bounce takes seconds

_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
_CODE = re.compile(r"(?<![\d.-])([45][0-5]\d)(?=[ -]|$)(?![ -]?\d)", re.MULTILINE)
_IDENTITY = re.compile(r"<[^<>\s]{1,250}>")

logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
_SUBJECT_TOKEN = re.compile(r"\bunsubscribe\s+([a-z2-7]{40,60})\b", re.IGNORECASE)


class Kind(StrEnum):
    """What kind of mail came back."""

    BOUNCE = "bounce"
    DELAY = "delay"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    UNSUBSCRIBE = "unsubscribe"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One mail that came back.

    Attributes:
        failures: the recipients that it names, for a bounce or a delay.
        addressed: to whom it came: a return path with its token stands among these.
        envelope_id: ENVID of what it is about, "" where it does not say.
        leaving: what a mail that a List-Unsubscribe's mailto made carries as proof.
        references: Message-IDs of what it is about or answers.
        readers: to whom the message was that it is about, as it says, which proves nothing.
        sender: who it says it is from, which proves nothing.
    """

    kind: Kind
    failures: tuple[Failure, ...] = ()
    addressed: tuple[str, ...] = ()
    envelope_id: str = ""
    leaving: str = ""
    references: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    sender: str = ""

    @property
    def enhanced(self) -> str:
        """The status that says most, "" where none is told."""
        return next((f.enhanced for f in self.failures if f.enhanced), "")

    @property
    def text(self) -> str:
        """The remote server's words."""
        return next((f.text for f in self.failures if f.text), "")


def read(data: bytes, *, heuristics: bool = True) -> Notice:
    """Says what a mail is.

    Args:
        data: the whole mail; what is beyond `LARGEST` octets is not looked at.
        heuristics: also ask flufl.bounce, which knows many machines of old.
    """
    data = hostile.in_lines(data[:LARGEST])
    if hostile.is_hostile(data):
        return _envelope(hostile.head(data), Kind.OTHER)
    mail = message_from_bytes(data)
    hostile.tame(mail)
    if complaint(mail):
        return _envelope(mail, Kind.COMPLAINT)
    report = delivery_status(mail)
    if report and report[0]:
        return _from_report(mail, *report)
    if wording.AUTO_SUBJECT.search(subject(mail)):
        return _envelope(mail, Kind.AUTO_REPLY)
    worded = _from_words(mail)
    if worded.kind not in (Kind.BOUNCE, Kind.DELAY) and _automatic(mail, worded):
        return _envelope(mail, Kind.AUTO_REPLY)
    asked = heuristics and data.count(b"\n") <= MOST_LINES
    return (_known(mail) if asked else None) or worded


def _from_report(mail: Mail, failures: list[Failure], envelope_id: str) -> Notice:
    failed = [f for f in failures if f.action == "failed"]
    delayed = [f for f in failures if f.action == "delayed"]
    chosen = failed or delayed
    # A report that says "delivered" is no failure of any kind.
    kind = Kind.BOUNCE if failed else Kind.DELAY if delayed else Kind.OTHER
    return _envelope(mail, kind, tuple(chosen), envelope_id)


def _known(mail: Mail) -> Notice | None:
    """What flufl.bounce makes of it; its detectors are old and may stumble over new mail."""
    from flufl.bounce import all_failures  # its many detectors, only where mail has come back

    try:
        passing, lasting = all_failures(mail)
    except Exception:  # noqa: BLE001  # whatever they raise, it says nothing about the mail
        return None
    found = sorted(a.decode("ascii", "replace") for a in (lasting or passing))
    if not found:
        return None
    text = own_text(whole_text(mail))
    kind = Kind.BOUNCE if lasting else Kind.DELAY
    status, action = _status(text), "failed" if lasting else "delayed"
    return _envelope(mail, kind, tuple(Failure(a, action, status, text) for a in found))


def _from_words(mail: Mail) -> Notice:
    title, text = subject(mail), own_text(whole_text(mail))
    if action := _worded_action(_sender(mail), title, text):
        kind = Kind.BOUNCE if action == "failed" else Kind.DELAY
        return _envelope(mail, kind, (Failure("", action, _status(text), text),))
    left = _envelope(mail, Kind.UNSUBSCRIBE, envelope_id=_token_in(title))
    left = replace(left, leaving=find_unsubscribe(title, left.addressed))
    wished = asks_to_leave(title.replace(_token_in(title), ""), text)
    return left if left.leaving or wished else _envelope(mail, Kind.OTHER)


def _worded_action(sender: str, title: str, text: str) -> str:
    """`failed`, `delayed`, or "" where it is no machine's word on a delivery.

    Two of three have to speak for it: the sender, the subject, the text.
    """
    machine = bool(wording.MACHINE.search(sender))
    failed = bool(wording.FAILED_SUBJECT.search(title))
    warned = bool(wording.WARNING_SUBJECT.search(title))
    signs = machine + (failed or warned) + bool(wording.FAILED_BODY.search(text))
    if wording.DAEMON.search(sender) or ((machine or failed) and signs >= 2):
        return "delayed" if wording.DELAYED.search(f"{title}\n{text}") else "failed"
    return ""


def _automatic(mail: Mail, worded: Notice) -> bool:
    """RFC 3834, and what was usual before and beside it.

    A mail service may make the mail of a List-Unsubscribe itself, and say so: that is no reply.
    """
    submitted = value(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    precedence = value(mail, "Precedence").strip().lower()
    replied = submitted == "auto-replied" or precedence == "auto_reply"
    if replied or any(mail[name] for name in wording.AUTO_HEADERS):
        return True
    made = submitted not in ("", "no") or precedence in ("bulk", "junk", "list")
    return made and not worded.leaving


def _token_in(title: str) -> str:
    """The token that the mailto of an older mail put behind the word, "" where there is none."""
    found = _SUBJECT_TOKEN.search(title)
    return found[1] if found else ""


def _envelope(
    mail: Mail, kind: Kind, failures: tuple[Failure, ...] = (), envelope_id: str = ""
) -> Notice:
    about = returned_headers(mail)
    quoted: dict[str, list[str]] = {}
    if about is None and kind in (Kind.BOUNCE, Kind.DELAY, Kind.COMPLAINT):
        quoted = returned_lines(whole_text(mail))
    values = [str(text) for name in _RECIPIENT_HEADERS for text in mail.get_all(name, [])]
    values += [value(about, "Return-Path")] if about is not None else quoted.get("return-path", [])
    values.append(original_sender(mail))
    names = [value(mail, "In-Reply-To"), value(mail, "References")]
    names += [value(about, "Message-ID")] if about is not None else quoted.get("message-id", [])
    readers = [value(about, "To")] if about is not None else quoted.get("to", [])
    return Notice(
        kind=kind,
        failures=failures,
        addressed=addresses(values),
        envelope_id=envelope_id,
        references=tuple(_IDENTITY.findall(" ".join(names)))[:MOST_REFERENCES],
        readers=addresses([*readers, original_recipient(mail)]),
        sender=next(iter(addresses([value(mail, "From")])), ""),
    )


def _sender(mail: Mail) -> str:
    return f"{value(mail, 'From')} {value(mail, 'Return-Path')}"


def _status(text: str) -> str:
    """The status that a text tells: the enhanced one, else made of the reply's code."""
    found = STATUS.findall(text)
    if found:
        return str(found[-1])
    code = _CODE.search(text)
    return f"{code[1][0]}.0.0" if code else ""
