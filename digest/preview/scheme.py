"""One colour scheme of a mail forced, for the eye alone.

A mail asks its reader's system for the scheme. Here both are looked at on one machine, so the
question is answered in the style sheet itself; the message's own bytes stay as they are.
"""

from __future__ import annotations

import re
from typing import Literal

Scheme = Literal["light", "dark"]

_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
_ASKED = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_PROPERTY = re.compile(r"(?<![-\w])color-scheme\s*:[^;}]*", re.IGNORECASE)
_META = re.compile(
    r"(<meta\b[^>]*\bname=[\"']?color-scheme\b[\"']?[^>]*\bcontent=)(\"[^\"]*\"|'[^']*')",
    re.IGNORECASE,
)
_ALWAYS, _NEVER = "(min-width:0)", "(max-width:0)"


def forced(html: str, scheme: Scheme) -> str:
    """The mail as a system of this scheme shows it."""

    def answered(found: re.Match[str]) -> str:
        return _ALWAYS if found[1].lower() == scheme else _NEVER

    def restyled(found: re.Match[str]) -> str:
        style = _PROPERTY.sub(f"color-scheme:{scheme}", _ASKED.sub(answered, found[2]))
        return found[1] + style + found[3]

    return _META.sub(rf'\g<1>"{scheme}"', _STYLE.sub(restyled, html))
