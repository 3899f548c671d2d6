"""A database over the years: its copies, and what it need not keep."""

from digest.upkeep.backup import back_up
from digest.upkeep.prune import Pruned, prune
from digest.upkeep.restore import content, refuse_without_keys, restore

__all__ = ["Pruned", "back_up", "content", "prune", "refuse_without_keys", "restore"]
