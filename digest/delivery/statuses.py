"""What a status says about a reader (RFC 3463, RFC 5248), from the code first, then the words.

One rule stands above all: nobody is suppressed for what is the sender's fault or may pass.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Meaning(StrEnum):
    """What follows for the address."""

    GONE = "gone"  # there is no such address: it is suppressed
    SOFT = "soft"  # it may pass: counted
    SENDER = "sender"  # a refusal of us: the reader has nothing to do with it


STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
GONE_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
UNSAID = frozenset({"", "5.0.0", "4.0.0", "2.0.0"})

_SENDER_WORDS = re.compile(
    r"spam|unsolicited|black ?-?list|block ?-?list|\bblocked\b|\brbl\b|dnsbl|reputation|\bdmarc\b"
    r"|\bspf\b|\bdkim\b|policy|access denied|not authori[sz]ed|relay(ing)? (access )?(denied|not)"
    r"|refused by|virus|content.{0,20}reject|too many|try again|sender (address )?reject"
    r"|message (too large|size exceeds)",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(
    r"(mail ?box|mail box|quota|storage|disk|space|account).{0,40}"
    r"(full|exceed|over|not enough|insufficient)|full mailbox"
    r"|(over|exceed\w*|out of).{0,20}(quota|space|storage)",
    re.IGNORECASE | re.DOTALL,
)
_GONE_WORDS = re.compile(
    r"(user|recipient|address|mailbox|account|addressee|local.?part|alias|name).{0,15}unknown"
    r"|unknown.{0,20}(user|recipient|address|mailbox|account|local.?part|alias)"
    r"|no such.{0,20}(user|person|recipient|mailbox|account|address|local)"
    r"|(user|recipient|address|mailbox|account).{0,80}"
    r"(not|n't) (currently )?(exist|found|listed|known|valid|a valid)"
    r"|(is|are) not (a )?valid|not a (known|valid)"
    r"|invalid (final delivery )?(user|recipient|address|mailbox)"
    r"|no (mailbox|account|user) (here )?by that name|unrouteable|no longer (valid|exists|in use)"
    r"|(does|do)(n't| not) have an? .{0,30}account|account .{0,40}(terminated|deleted|closed)",
    re.IGNORECASE | re.DOTALL,
)


def meaning(enhanced: str, text: str) -> Meaning:
    """What a failure means for its address.

    Args:
        enhanced: the status, "" where there was none.
        text: the server's words, read only where the status says nothing.
    """
    status = told(enhanced, text)
    if status in GONE_CODES:
        return Meaning.GONE
    if status.startswith(("5.7.", "4.7.")):
        return Meaning.SENDER
    if status not in UNSAID:
        return Meaning.SOFT
    return _worded(text)


def told(enhanced: str, text: str) -> str:
    """The status; where it is none or says nothing, the last one that the words tell."""
    if enhanced not in UNSAID:
        return enhanced
    found = [status for status in STATUS.findall(text) if status not in UNSAID]
    return found[-1] if found else enhanced


def _worded(text: str) -> Meaning:
    if _FULL_WORDS.search(text):
        return Meaning.SOFT
    if _SENDER_WORDS.search(text):
        return Meaning.SENDER
    return Meaning.GONE if _GONE_WORDS.search(text) else Meaning.SOFT
