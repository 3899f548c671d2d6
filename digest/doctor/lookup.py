"""What the checks of DNS ask, and whose domains a mail provider gives addresses in."""

from __future__ import annotations

import re
from typing import Protocol

_PROVIDERS = {
    *("126.com", "163.com", "aol.com", "fastmail.com", "fastmail.fm", "free.fr", "gmail.com"),
    *("googlemail.com", "icloud.com", "laposte.net", "libero.it", "live.com", "mac.com"),
    *("mail.com", "mail.ru", "mailbox.org", "me.com", "msn.com", "naver.com", "orange.fr"),
    *("posteo.de", "posteo.net", "proton.me", "protonmail.com", "qq.com", "t-online.de"),
    *("tutanota.com", "web.de", "ymail.com", "zoho.com"),
}
_IN_MANY_COUNTRIES = re.compile(r"(?:gmx|hotmail|outlook|yahoo|yandex)(?:\.com?)?\.[a-z]{2,3}")


class Lookup(Protocol):
    """Asks the world; a test gives its own answers."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name.

        Raises:
            DnsUnreachable: nobody could say.
        """
        ...


def of_provider(domain: str) -> bool:
    """Whether it is a mail provider's own: nobody else can add a record to it."""
    name = domain.lower()
    return name in _PROVIDERS or _IN_MANY_COUNTRIES.fullmatch(name) is not None


def parents(domain: str, most: int) -> list[str]:
    """The domain and those above it, the longest first; of a long one the last `most`."""
    labels = domain.lower().rstrip(".").split(".")
    above = [".".join(labels[at:]) for at in range(1, len(labels))]
    return [".".join(labels), *above[-(most - 1) :]]
