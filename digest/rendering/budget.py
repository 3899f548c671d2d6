"""Keeps a message under the size at which Gmail clips it and hides the unsubscribe link."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from digest.rendering.papers import Detail

#: Octets of HTML; Gmail clips at about 102 KB.
LARGEST_HTML = 90_000


def plan(count: int, size: Callable[[int, Detail], int], room: int) -> Sequence[Detail]:
    """How much of each entry is shown, so that all fit into `room` octets.

    Entries at the end lose their text first: all shrink to the short summary, from the last
    to the first, then to the title; what still does not fit is left out at the end.

    Args:
        count: how many entries there are.
        size: octets of an entry with a detail.
        room: octets there are for the entries.

    Returns:
        the detail of each entry that is shown: fewer than `count` where not all fit.
    """
    details = [Detail.FULL] * count
    total = sum(size(place, Detail.FULL) for place in range(count))
    for detail in (Detail.SHORT, Detail.TITLE):
        for place in reversed(range(count)):
            if total <= room:
                return details
            total += size(place, detail) - size(place, details[place])
            details[place] = detail
    while details and total > room:
        total -= size(len(details) - 1, details.pop())
    return details
