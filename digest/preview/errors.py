"""What the preview cannot do."""

from __future__ import annotations

from subscribers.errors import PaperDigestError


class UnknownDelivery(PaperDigestError):
    """The outbox has no delivery {number}."""


class NothingToTest(PaperDigestError):
    """None of the topics matches a paper of this edition: there is no message to send."""
