"""Email addresses: checked when they come in, compared by one normal form."""

from __future__ import annotations

from functools import lru_cache

import email_validator
import idna
from email_validator import EmailNotValidError, validate_email

from subscribers.errors import InvalidAddress

# Names such as `localhost` and `test` are refused unless this list (the library's own switch)
# is emptied; a laptop and a test bench send to just those.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def normalise(address: str) -> str:
    """The address as it is stored: trimmed, its domain in lower case, Unicode in NFC.

    Names of this machine's own network (`me@localhost`) are addresses too. Nothing is looked
    up in the network.

    Raises:
        InvalidAddress: by RFC 5321, 5322 and 6531, and why.
    """
    text = address.strip()
    try:
        checked = validate_email(
            text, check_deliverability=False, globally_deliverable=False, strict=True
        )
    except EmailNotValidError as error:
        raise InvalidAddress(address=address[:100], reason=_reason(error)) from None
    return checked.normalized


def comparable(address: str) -> str:
    """The form by which two spellings are one subscriber.

    A mailbox's name may depend on case by RFC 5321; no service in use makes it so, and two
    subscriptions for one person would be the worse mistake.
    """
    return address.casefold()


def comparable_domain(domain: str) -> str:
    """The form by which two spellings are one domain: lower case, and no `xn--` (RFC 5890).

    It is the form in which `normalise` leaves an address's domain. What is no domain name is
    only put in lower case.
    """
    lower = domain.lower()
    return lower if lower.isascii() and "xn--" not in lower else _in_unicode(lower)


@lru_cache(maxsize=4096)
def _in_unicode(domain: str) -> str:
    try:
        return idna.decode(idna.encode(domain, uts46=True))
    except idna.IDNAError:
        return domain


def _reason(error: EmailNotValidError) -> str:
    words = str(error).rstrip(".")
    for name in ("The email address", "An email address", "An email"):
        words = words.replace(name, "it")
    return words
