"""The root of the project's error tree; `digest.errors` extends it.

An error class's docstring is its message: a format string filled with the facts that the
raiser passes by keyword, so that every error names its subject and its place.

* PaperDigestError
  * SubscriberError
    * InvalidAddress
    * UnknownSubscriber
    * SubscriberExists
    * SubscriberSuppressed
    * InvalidTransition
    * InvalidSchedule
    * TransferError
  * TopicError
  * TokenError
    * InvalidToken
    * ExpiredToken
    * UsedToken
"""

from __future__ import annotations

import inspect
from typing import ClassVar


class PaperDigestError(Exception):
    """Paper Digest could not do what was asked."""

    #: What a command that meets this error ends with: 1 failed, 2 wrong use.
    exit_code: ClassVar[int] = 1

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def __str__(self) -> str:
        facts = dict(self.facts)
        if "reason" in facts:  # of a server or a library, which may be a whole sentence
            facts["reason"] = str(facts["reason"]).rstrip().removesuffix(".")
        return inspect.cleandoc(type(self).__doc__ or "").format(**facts)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.facts)


def _rebuild(kind: type[PaperDigestError], facts: dict[str, object]) -> PaperDigestError:
    return kind(**facts)


class SubscriberError(PaperDigestError):
    """Something is wrong with a subscriber."""


class InvalidAddress(SubscriberError):
    """{address!r} is not an email address: {reason}."""

    exit_code = 2


class UnknownSubscriber(SubscriberError):
    """No subscriber has the address {email}."""


class SubscriberExists(SubscriberError):
    """{email} is a subscriber already ({status}). `digest subscriber show {email}` tells more."""


class SubscriberSuppressed(SubscriberError):
    """{email} is suppressed ({reason}, since {since}): nothing is sent to it."""


class InvalidTransition(SubscriberError):
    """{email} is {status}: it cannot {action}."""


class InvalidSchedule(SubscriberError):
    """{value!r} is not a possible {name} of a schedule: {allowed}."""

    exit_code = 2


class TransferError(SubscriberError):
    """{place}: {reason}."""


class TopicError(PaperDigestError):
    """{reason}, expected {expected}.

    {text}
    {caret}
    """

    exit_code = 2


class TokenError(PaperDigestError):
    """This link cannot be used."""


class InvalidToken(TokenError):
    """This link is not one of ours, or was cut short on its way. Open it from the mail again."""


class ExpiredToken(TokenError):
    """This link was valid until {until}. Ask for a new one."""


class UsedToken(TokenError):
    """This link has been used already, and works once: what it was for is done."""
