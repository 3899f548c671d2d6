"""What can be the name of a server: for the settings, and for whoever types one."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress

# Labels of letters, digits and hyphens (RFC 1123 2.1); `_` as machines in local networks have it.
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")


def as_host(value: str) -> str:
    """The name or the number of a server, one that can be looked up.

    Raises:
        ValueError: it is neither.
    """
    with suppress(ValueError):
        return str(ipaddress.ip_address(value))
    with suppress(UnicodeError):
        if _NAME.fullmatch(value.encode("idna").decode()):
            return value
    msg = "the name or the address of a server"
    raise ValueError(msg)
