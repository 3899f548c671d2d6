"""What brings a paper back: written into the archive, and told in a reader's language.

The archive keeps the words of `by_version` and `by_votes`; `told` reads these, and any other
text stands as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_VERSION = re.compile(r"version (?P<version>\d+)")
_VOTES = re.compile(r"votes grew from (?P<before>\d+) to (?P<now>\d+)")


def by_version(number: int) -> str:
    """A paper is back with a new version."""
    return f"version {number}"


def by_votes(before: int, now: int) -> str:
    """A paper is back because its votes grew."""
    return f"votes grew from {before} to {now}"


def told(reason: str, language: Callable[..., str]) -> str:
    """A stored reason in the words of a language (`digest.words.Words`); "" for none."""
    if found := _VERSION.fullmatch(reason):
        return language("returned.version", **found.groupdict())
    if found := _VOTES.fullmatch(reason):
        return language("returned.votes", **found.groupdict())
    return reason
