"""The path itself: pull the day's papers, prepare the digests, deliver them."""

from __future__ import annotations

from digest.publish.prepare import Prepared, Publisher
from digest.publish.pull import Pulled, pull, recent_days

__all__ = ["Prepared", "Publisher", "Pulled", "pull", "recent_days"]
