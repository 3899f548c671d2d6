"""What comes back, read: bounces, delays, complaints, auto-replies, and "unsubscribe".

Reading decides nothing about a reader: whose it is says a verified token, and what follows says
`digest.delivery.judge`. Nothing in a hostile mail stops the reading: its size and its nesting
are bounded before it is parsed.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import getaddresses
from enum import StrEnum

from flufl.bounce import all_failures

from digest.delivery import wording
from digest.delivery.reports import (
    Failure,
    complaint,
    delivery_status,
    original_sender,
    parts,
    returned_headers,
)
from digest.delivery.statuses import STATUS
from digest.links import find_unsubscribe

LARGEST = 1_000_000  # octets that are read of a mail
DEEPEST = 60  # parts that hold parts
MOST_TEXT = 20_000  # characters of a mail's text that are read

_CONTAINER = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)
_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
_CODE = re.compile(r"\b([45]\d\d)[ -]")

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
        sender: who it says it is from, which proves nothing.
    """

    kind: Kind
    failures: tuple[Failure, ...] = ()
    addressed: tuple[str, ...] = ()
    envelope_id: str = ""
    leaving: str = ""
    references: tuple[str, ...] = ()
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
        data: the whole mail; what is beyond a million octets is not looked at.
        heuristics: also ask flufl.bounce, which knows many machines of old.
    """
    data = data[:LARGEST]
    if len(_CONTAINER.findall(data)) > DEEPEST:
        # Only the head: nothing that is built to exhaust a parser is given to one.
        data = data.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
        return _envelope(message_from_bytes(data), Kind.OTHER)
    mail = message_from_bytes(data)
    if complaint(mail):
        return _envelope(mail, Kind.COMPLAINT)
    report = delivery_status(mail)
    if report and report[0]:
        return _from_report(mail, *report)
    if wording.AUTO_SUBJECT.search(_subject(mail)):
        return _envelope(mail, Kind.AUTO_REPLY)
    worded = _from_words(mail)
    if worded.kind not in (Kind.BOUNCE, Kind.DELAY) and _automatic(mail):
        return _envelope(mail, Kind.AUTO_REPLY)
    return (_known(mail) if heuristics else None) or worded


def _from_report(mail: Mail, failures: list[Failure], envelope_id: str) -> Notice:
    failed = [f for f in failures if f.action == "failed"]
    delayed = [f for f in failures if f.action == "delayed"]
    chosen = failed or delayed
    # A report that says "delivered" is no failure of any kind.
    kind = Kind.BOUNCE if failed else Kind.DELAY if delayed else Kind.OTHER
    return _envelope(mail, kind, tuple(chosen), envelope_id)


def _known(mail: Mail) -> Notice | None:
    """What flufl.bounce makes of it; its detectors are old and may stumble over new mail."""
    try:
        passing, lasting = all_failures(mail)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError):
        return None
    addresses = sorted(a.decode("ascii", "replace") for a in (lasting or passing))
    if not addresses:
        return None
    text = _text(mail)
    kind = Kind.BOUNCE if lasting else Kind.DELAY
    status = _status(text)
    failures = tuple(
        Failure(a, "failed" if lasting else "delayed", status, text) for a in addresses
    )
    return _envelope(mail, kind, failures)


def _from_words(mail: Mail) -> Notice:
    subject, text = _subject(mail), _text(mail)
    if action := _worded_action(_sender(mail), subject, text):
        kind = Kind.BOUNCE if action == "failed" else Kind.DELAY
        return _envelope(mail, kind, (Failure("", action, _status(text), text),))
    left = _envelope(mail, Kind.UNSUBSCRIBE, envelope_id=_token_in(subject))
    left = replace(left, leaving=find_unsubscribe(subject, left.addressed))
    return left if left.leaving or _asks_to_leave(subject, text) else _envelope(mail, Kind.OTHER)


def _worded_action(sender: str, subject: str, text: str) -> str:
    """`failed`, `delayed`, or "" where it is no machine's word on a delivery.

    Two of three have to speak for it: the sender, the subject, the text.
    """
    machine = bool(wording.MACHINE.search(sender))
    failed = bool(wording.FAILED_SUBJECT.search(subject))
    warned = bool(wording.WARNING_SUBJECT.search(subject))
    signs = machine + (failed or warned) + bool(wording.FAILED_BODY.search(text))
    if wording.DAEMON.search(sender) or ((machine or failed) and signs >= 2):
        return "delayed" if wording.DELAYED.search(f"{subject}\n{text}") else "failed"
    return ""


def _automatic(mail: Mail) -> bool:
    """RFC 3834, and what was usual before it."""
    submitted = str(mail["Auto-Submitted"] or "").partition(";")[0].strip().lower()
    precedence = str(mail["Precedence"] or "").strip().lower()
    return (
        submitted == "auto-replied"
        or precedence == "auto_reply"
        or bool(mail["X-Autoreply"] or mail["X-Autorespond"])
    )


def _asks_to_leave(subject: str, text: str) -> bool:
    """The subject, or the first line that the person wrote, says so and little more."""
    lines = (line.strip() for line in text.splitlines())
    own = next((line for line in lines if line and not line.startswith(">")), "")
    bare = re.sub(r"^\s*((re|aw|fwd?|sv|antw)\s*:\s*)+", "", subject, flags=re.IGNORECASE)
    bare = bare.replace(_token_in(subject), "")
    return bool(wording.UNSUBSCRIBE.match(bare) or wording.UNSUBSCRIBE.match(own))


def _token_in(subject: str) -> str:
    """The token that the mailto of an older mail put behind the word, "" where there is none."""
    found = _SUBJECT_TOKEN.search(subject)
    return found[1] if found else ""


def _envelope(
    mail: Mail, kind: Kind, failures: tuple[Failure, ...] = (), envelope_id: str = ""
) -> Notice:
    about = returned_headers(mail)
    values = [str(value) for name in _RECIPIENT_HEADERS for value in mail.get_all(name, [])]
    if about is not None:
        values += [str(value) for value in about.get_all("Return-Path", [])]
    values.append(original_sender(mail))
    addressed = tuple(dict.fromkeys(a for _, a in getaddresses(values[:50]) if "@" in a))
    names = [mail["In-Reply-To"], mail["References"], about["Message-ID"] if about else None]
    references = tuple(re.findall(r"<[^<>\s]{1,250}>", " ".join(str(n) for n in names if n)))
    return Notice(
        kind=kind,
        failures=failures,
        addressed=addressed,
        envelope_id=envelope_id,
        references=references,
        sender=next((a for _, a in getaddresses([str(mail["From"] or "")]) if "@" in a), ""),
    )


def _sender(mail: Mail) -> str:
    return f"{mail['From'] or ''} {mail['Return-Path'] or ''}"


def _subject(mail: Mail) -> str:
    raw = str(mail["Subject"] or "")[:1000]
    try:
        return str(make_header(decode_header(raw)))
    except (LookupError, ValueError):
        return raw


def _text(mail: Mail) -> str:
    """The text parts that a machine or a person wrote, without what was returned."""
    texts = [_decoded(part) for part in parts(mail) if part.get_content_maintype() == "text"]
    return "\n".join(texts)[:MOST_TEXT]


def _decoded(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        text = payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        text = payload.decode("latin-1")
    return re.sub(r"<[^<>@]{1,400}>", " ", text) if part.get_content_subtype() == "html" else text


def _status(text: str) -> str:
    """The status that a text tells: the enhanced one, else made of the reply's code."""
    found = STATUS.findall(text)
    if found:
        return str(found[-1])
    code = _CODE.search(text)
    return f"{code[1][0]}.0.0" if code else ""
