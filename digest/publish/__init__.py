"""The path itself: pull the day's papers, prepare the digests, deliver them."""

from __future__ import annotations

from digest.publish.due import Planner
from digest.publish.planned import Planned
from digest.publish.prepare import Prepared, Publisher
from digest.publish.pull import Pulled, pull, pull_days, recent_days

__all__ = [
    "Planned",
    "Planner",
    "Prepared",
    "Publisher",
    "Pulled",
    "pull",
    "pull_days",
    "recent_days",
]
