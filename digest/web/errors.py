"""What the pages answer when they cannot do what was asked."""

from __future__ import annotations

from subscribers.errors import PaperDigestError


class WebError(PaperDigestError):
    """This page cannot be shown."""

    status = 400
    title = "That did not work"


class NoSuchPage(WebError):
    """There is no page at this address. If it came from a mail, open the link there again."""

    status = 404
    title = "No such page"


class FormStale(WebError):
    """This page was open for too long, or was not ours. Nothing was changed: try once more."""

    status = 403
    title = "Please try again"


class FormInvalid(WebError):
    """The form could not be read: {reason}. Nothing was changed."""


class FormTooLarge(WebError):
    """That is more than a form of ours can hold ({most} KB). Nothing was changed."""

    status = 413
    title = "Too much text"


class TooMany(WebError):
    """There were too many requests of this kind. Try again {when}; nothing was changed."""

    status = 429
    title = "Not now"


class NothingYet(WebError):
    """No edition is archived yet. Come back when the first one is there."""

    status = 404
    title = "Nothing here yet"


class Busy(WebError):
    """Too many people ask for this at the same moment. Try again in a minute."""

    status = 503
    title = "Too busy"


class CopyGone(WebError):
    """This digest is kept no more."""

    status = 404
    title = "No longer here"


class TheirOwnWill(WebError):
    """It stays suppressed by the person's own will ({reason}, since {since}): did they ask you?"""
