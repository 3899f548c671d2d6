"""What the pages answer when they cannot do what was asked."""

from __future__ import annotations

from typing import ClassVar

from subscribers.errors import PaperDigestError


class WebError(PaperDigestError):
    """This page cannot be shown."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "That did not work"

    def __init_subclass__(cls, *, status: int = status, title: str = title) -> None:
        """Says with which status (RFC 9110) and under which title a kind is answered."""
        super().__init_subclass__()
        cls.status, cls.title = status, title


class NoSuchPage(WebError, status=404, title="No such page"):
    """There is no page at this address. If it came from a mail, open the link there again."""


class FormStale(WebError, status=403, title="Please try again"):
    """This page was open for too long, or was not ours. Nothing was changed: try once more."""


class FormInvalid(WebError):
    """The form could not be read: {reason}. Nothing was changed."""


class FormTooLarge(WebError, status=413, title="Too much text"):
    """That is more than a form of ours can hold ({most} KB). Nothing was changed."""


class TooMany(WebError, status=429, title="Not now"):
    """There were too many requests of this kind. Try again {when}; nothing was changed."""


class NothingYet(WebError, status=404, title="Nothing here yet"):
    """No edition is archived yet. Come back when the first one is there."""


class OfSample(WebError, status=404, title="This was a sample"):
    """In a digest of your own this link leads to a page of yours alone."""


class Busy(WebError, status=503, title="Too busy"):
    """Too many people ask for this at the same moment. Try again in a minute."""


class CopyGone(WebError, status=404, title="No longer here"):
    """This digest is kept no more."""


class TheirOwnWill(WebError):
    """It stays suppressed by the person's own will ({reason}, since {since}): did they ask you?"""
