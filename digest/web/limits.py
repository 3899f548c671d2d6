"""How often visitors may ask for mails: of whom, from where, in all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from subscribers.limits import Counted, Limit

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
PER_ADDRESS = (Limit(5, _DAY),)
PER_NETWORK = (Limit(10, _HOUR), Limit(40, _DAY))
PER_DOMAIN = (Limit(200, _HOUR),)
IN_TOTAL = (Limit(500, _HOUR), Limit(5000, _DAY))
#: Fresh links to one reader, of one kind.
LINKS = (Limit(5, _DAY),)
#: Libraries of papers that one reader brings along.
LIBRARIES = (Limit(30, _DAY),)


def sign_up(email: str, network: str) -> list[Counted]:
    """What a wish to subscribe is counted by."""
    domain = email.rpartition("@")[2]
    return [
        *counted(PER_ADDRESS, email.casefold(), "address"),
        *counted(PER_NETWORK, network, "network"),
        *counted(PER_DOMAIN, domain, "domain"),
        *counted(IN_TOTAL, "", "all"),
    ]


def counted(limits: Sequence[Limit], whose: str, what: str = "link") -> list[Counted]:
    """One thing under several limits."""
    return [Counted(what, whose, limit) for limit in limits]
