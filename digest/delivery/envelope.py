"""The envelope's commands, with the parameters that a server offers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from digest.model import DeliveryState, Message, Outcome

_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")
_XTEXT = re.compile(r"[^!-*,-<>-~]")


@dataclass(frozen=True, slots=True)
class Features:
    """What a server offers in its answer to EHLO.

    Attributes:
        size: the largest message it takes, in octets; 0 where it does not say.
    """

    pipelining: bool = False
    chunking: bool = False
    eightbit: bool = False
    smtputf8: bool = False
    dsn: bool = False
    declares_size: bool = False
    size: int = 0

    @classmethod
    def offered(cls, extensions: dict[str, str]) -> Features:
        """From the keywords of EHLO, in lower case, with their parameters."""
        limit = extensions.get("size", "").strip()
        return cls(
            pipelining="pipelining" in extensions,
            chunking="chunking" in extensions,
            eightbit="8bitmime" in extensions,
            smtputf8="smtputf8" in extensions,
            dsn="dsn" in extensions,
            declares_size="size" in extensions,
            size=int(limit) if limit.isascii() and limit.isdigit() else 0,
        )


def objection(message: Message, features: Features) -> Outcome | None:
    """Why this server cannot be given this message, None where it can.

    The statuses are those that a server would give (RFC 3463, RFC 6531).
    """
    sender, recipient = message.sender, message.recipient
    if _UNSAFE.search(recipient) or _UNSAFE.search(sender) or "@" not in recipient:
        return _failed("5.1.3", "the address cannot stand on an envelope")
    if not (features.smtputf8 or (recipient.isascii() and sender.isascii())):
        return _failed("5.6.7", "the mail server takes no addresses outside ASCII (SMTPUTF8)")
    if not (features.eightbit or _is_ascii(message)):
        return _failed("5.6.3", "the mail server takes no 8-bit messages (8BITMIME)")
    if features.size and len(message.data) > features.size:
        return _failed("5.3.4", f"the mail server takes at most {features.size} octets")
    return None


def mail(message: Message, features: Features) -> bytes:
    """MAIL FROM."""
    line = f"MAIL FROM:<{message.sender}>"
    if features.declares_size:
        line += f" SIZE={len(message.data)}"
    if not _is_ascii(message):
        line += " BODY=8BITMIME"
    if not (message.recipient.isascii() and message.sender.isascii()):
        line += " SMTPUTF8"
    if features.dsn and message.envelope_id:
        line += f" RET=HDRS ENVID={xtext(message.envelope_id)}"
    return f"{line}\r\n".encode()


def rcpt(message: Message, features: Features) -> bytes:
    """RCPT TO."""
    line = f"RCPT TO:<{message.recipient}>"
    if features.dsn:
        line += " NOTIFY=FAILURE"
        if message.recipient.isascii():
            line += f" ORCPT=rfc822;{xtext(message.recipient)}"
    return f"{line}\r\n".encode()


def bdat(message: Message) -> tuple[bytes, bytes]:
    """BDAT, and its octets, which are the message as it is."""
    return b"BDAT %d LAST\r\n" % len(message.data), message.data


def _is_ascii(message: Message) -> bool:
    return message.vouched or message.data.isascii()


def xtext(value: str) -> str:
    """RFC 3461 section 4: what is not printable ASCII, `+` and `=` as `+` and two digits."""
    return _XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", value)


def _failed(enhanced: str, text: str) -> Outcome:
    return Outcome(state=DeliveryState.FAILED, enhanced=enhanced, text=text)
